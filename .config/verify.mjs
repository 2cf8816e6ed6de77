/** What CI checks, cheapest first: each step stops the run, and shows all that it has to say. */
import { run, step, tool } from './steps.mjs';

const vitestConfig = ['--config', '.config/vitest.config.ts'];

/** Format, lint, types, tidy, unused code, the public surface. */
export async function check() {
  await step('format', () => node('@biomejs/biome', ['format', '.'], 'biome'));
  await step('lint', () => node('@biomejs/biome', ['lint', '--error-on-warnings', '.'], 'biome'));
  await step('types', types);
  await step('tidy', () => node('vitest', ['run', ...vitestConfig, '.config/tidy']));
  await step('unused code', () => node('knip', ['--config', '.config/knip.jsonc']));
  await step('public surface', () => run(process.execPath, ['.config/api.mjs', '--check']));
}

/**
 * All tests, or those that `args` name (vitest's own arguments). Types first, unless they were
 * `checked` already or only some tests were asked for. With JETLANE_TEST_REPORT, the results also
 * go to that file as JSON.
 */
export async function test(args, { checked = false } = {}) {
  if (!checked && args.length === 0) await step('types', types);
  const report = process.env['JETLANE_TEST_REPORT'];
  const reporters = report
    ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    : [];
  await step('tests', () =>
    run(process.execPath, [tool('vitest'), 'run', ...vitestConfig, ...reporters, ...args], {
      quiet: false,
    }),
  );
}

async function types() {
  await node('typescript', ['-p', '.config/tsconfig.tests.json'], 'tsc');
}

async function node(packageName, args, command) {
  await run(process.execPath, [tool(packageName, command), ...args]);
}
