/**
 * `node api.mjs [--check]`: writes what each published package promises into `NAME.api.md` beside it, so that a change of the
 * public surface shows in review. With --check it writes nothing and fails where a file differs. Reads what `tsc -b` wrote.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { root, say } from './steps.mjs';
import { published, workspaces } from './workspaces.mjs';

/** Entries that change without notice, as they say themselves. */
const UNPROMISED = ['./internals'];
const DIFF_LINES_MAX = 200;
const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable', 'dom'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
};
const SILENT = { default: { logLevel: 'none', addToApiReportFile: false } };

const check = process.argv.includes('--check');
const scratch = mkdtempSync(join(tmpdir(), 'jetlane-api-'));
try {
  const reports = published().flatMap(reportsOf);
  generate(reports);
  const changed = reports.filter(differs);
  const strays = straysAmong(reports);
  if (check) complain(changed, strays);
  else settle(changed, strays);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** One for each entry that has types of its own; patterns are not entries. */
function reportsOf({ home, manifest }) {
  const short = manifest.name.replace(/^@[^/]+\//, '');
  return Object.entries(manifest.exports ?? {})
    .filter(([path, { types }]) => types && !path.includes('*') && !UNPROMISED.includes(path))
    .map(([path, { types }]) => {
      const name = [short, ...path.split('/').slice(1)].join('-');
      const file = `${home}/${name}.api.md`;
      return {
        home,
        name,
        file,
        entry: join(root, home, types),
        fresh: join(scratch, `${name}.api.md`),
      };
    });
}

/** All packages in one program, which is read once. */
function generate(reports) {
  const configs = reports.map(configOf);
  const entries = reports.map(({ entry }) => entry);
  const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: entries });
  const messageCallback = (message) => {
    message.handled = true;
  };
  for (const config of configs) {
    Extractor.invoke(config, { compilerState, localBuild: false, messageCallback });
  }
}

function configOf({ home, name, entry }) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: join(root, home),
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      enumMemberOrder: 'preserve',
      compiler: { overrideTsconfig: { compilerOptions, files: [entry] } },
      // Nothing is there yet to compare with: that is done here, with better words.
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: join(scratch, 'none'),
        reportTempFolder: scratch,
        // What exports are made of shows, too: a change there is a change for users.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: SILENT,
        extractorMessageReporting: SILENT,
        tsdocMessageReporting: SILENT,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, home, 'package.json'),
  });
}

function differs({ file, fresh }) {
  const path = join(root, file);
  return !existsSync(path) || readFileSync(path, 'utf8') !== readFileSync(fresh, 'utf8');
}

/** Reports of entries that are gone. */
function straysAmong(reports) {
  const known = new Set(reports.map(({ file }) => file));
  return workspaces()
    .flatMap(({ home }) => readdirSync(join(root, home)).map((name) => `${home}/${name}`))
    .filter((file) => file.endsWith('.api.md') && !known.has(file));
}

function settle(changed, strays) {
  for (const { file, fresh } of changed) {
    writeFileSync(join(root, file), readFileSync(fresh));
    say(`written: ${file}`);
  }
  for (const file of strays) {
    rmSync(join(root, file));
    say(`removed: ${file}`);
  }
  if (changed.length + strays.length === 0) say('nothing changed');
}

function complain(changed, strays) {
  for (const report of changed) say(difference(report));
  for (const file of strays) say(`${file} belongs to no entry any more`);
  if (changed.length + strays.length === 0) return;
  const files = [...changed.map(({ file }) => file), ...strays].join(', ');
  say(
    `The public surface changed: ${files}. If that is meant, run \`npm run api\`, commit what it writes, and say in CHANGELOG.md what users will notice.`,
  );
  process.exitCode = 1;
}

function difference({ file, fresh }) {
  const path = join(root, file);
  if (!existsSync(path)) return `${file} is missing`;
  const args = ['diff', '--no-index', '--no-color', '--unified=2', path, fresh];
  const { stdout } = spawnSync('git', args, { encoding: 'utf8' });
  const lines = stdout.split('\n').slice(4);
  const more =
    lines.length > DIFF_LINES_MAX ? [`… and ${lines.length - DIFF_LINES_MAX} lines`] : [];
  return [`${file}:`, ...lines.slice(0, DIFF_LINES_MAX), ...more].join('\n');
}
