/**
 * `node page-build.mjs ROOT PACKAGE…`: bundles the page of each package with vite, to its `dist/page`. What all pages have in
 * common stands here: one script, one stylesheet, names by content, relative addresses, nothing inline (a page's content security policy allows none).
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'vite';
import { stamp } from './pages.mjs';
import { failure, say, stop } from './steps.mjs';

const [house = '', ...wanted] = process.argv.slice(2);
const assets = 'assets/[name]-[hash][extname]';

try {
  await Promise.all(wanted.map(bundle));
} catch (error) {
  const { words, exitCode } = failure(error);
  say(words);
  process.exit(exitCode);
}

/** Builds beside the old bundle and then takes its place: a page that does not build leaves the old one as it was. */
async function bundle(home) {
  const fresh = join(house, home, 'dist', '.page-new');
  const place = join(house, home, 'dist', 'page');
  const { output } = await build(configuration(join(house, home, 'page'), fresh));
  check(home, output);
  const inputs = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const { file, text } = stamp(house, home, ownModules(inputs));
  writeFileSync(join(fresh, file), text);
  rmSync(place, { recursive: true, force: true });
  renameSync(fresh, place);
}

function configuration(page, outDir) {
  return {
    root: page,
    configFile: join(page, 'vite.config.ts'),
    mode: 'production',
    base: './',
    publicDir: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      target: ['chrome111', 'edge111', 'firefox114', 'safari16.4'],
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      modulePreload: false,
      sourcemap: false,
      reportCompressedSize: false,
      license: { fileName: 'licenses.md' },
      rolldownOptions: {
        output: {
          codeSplitting: false,
          entryFileNames: 'assets/[name]-[hash].js',
          assetFileNames: assets,
        },
      },
    },
  };
}

/** Refuses what a page's server would have to allow, or load, in addition. */
function check(home, output) {
  const scripts = output.filter(({ type }) => type === 'chunk').map(({ fileName }) => fileName);
  const styles = output.map(({ fileName }) => fileName).filter((name) => name.endsWith('.css'));
  const html = output.find(({ fileName }) => fileName === 'index.html');
  const inline = /<style|<script(?![^>]*\ssrc=)|\s(style|on[a-z]+)=/i.exec(String(html?.source));
  const wrong = [
    ...(html ? [] : ['it has no index.html']),
    ...(scripts.length === 1 ? [] : [`one script expected, got: ${scripts.join(', ') || 'none'}`]),
    ...(styles.length < 2 ? [] : [`one stylesheet expected, got: ${styles.join(', ')}`]),
    ...(inline ? [`index.html has something inline: ${inline[0]}`] : []),
  ];
  if (wrong.length > 0) throw stop(`${home}/page: ${wrong.join('; ')}`);
}

/** Our own files among the modules of a bundle, from the root; those of dependencies follow from the lockfile. */
function ownModules(ids) {
  return [...new Set(ids)]
    .filter((id) => !id.startsWith('\0'))
    .map((id) => id.replace(/[?#].*$/, ''))
    .filter((id) => existsSync(id))
    .map((id) => relative(house, id).split(sep).join('/'))
    .filter((path) => !path.startsWith('..') && !path.includes('node_modules/'))
    .sort();
}
