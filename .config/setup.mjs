/**
 * The front door: `npm start`, `npm test` and all jobs of `npm run` come through here, so that they
 * work in a fresh clone, before `node_modules` exists. Needs nothing but Node. Everything it says goes
 * to stderr: stdout belongs to the job.
 */
import { handOver } from './handover.mjs';
import { matrix } from './matrix.mjs';
import { newcomer } from './newcomer.mjs';
import { pages } from './pages.mjs';
import { build, dependencies, nodeVersion } from './prepare.mjs';
import { release } from './release.mjs';
import { screenshots } from './screenshots.mjs';
import { site } from './site.mjs';
import { failure, root, run, say, seconds, step, stop, tool } from './steps.mjs';
import { check, test } from './verify.mjs';

const jobs = {
  start,
  test: runTests,
  verify,
  build: runBuild,
  bench,
  chaos,
  simulate,
  fuzz,
  newcomer: runNewcomer,
  screenshots: takeScreenshots,
  api,
  packages,
  release: runRelease,
  docs,
};
const [name = '', ...args] = process.argv.slice(2);
const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;

if (!job) {
  say(`no job "${name}": expected one of ${Object.keys(jobs).join(', ')}`);
  process.exit(2);
}
try {
  await job(args);
} catch (error) {
  const { words, exitCode } = failure(error);
  say(words);
  process.exit(exitCode);
}

/** Only what the demo needs: whoever looks for the first time has the least patience. */
async function start(args) {
  const home = 'cmd/location';
  nodeVersion();
  await step('dependencies', (tell) => dependencies(tell, home));
  await step('build', (tell) => build(tool('typescript', 'tsc'), tell, home));
  await step('pages', (tell) => pages(root, undefined, tell));
  await handOver(`${home}/dist/main.js`, args);
}

async function bench(args) {
  await prepare();
  // `--report` is how it reads after `npm run bench --`; the program calls it `report`.
  const [first, ...rest] = args;
  const given = first === '--report' ? ['report', ...rest] : args;
  await handOver('cmd/jetlane/bin/jetlane.js', ['bench', ...given]);
}

async function chaos(args) {
  await prepare();
  await handOver('cmd/chaos/dist/main.js', args);
}

async function simulate(args) {
  await prepare();
  await handOver('packages/testing/dist/simulation/main.js', args);
}

async function fuzz(args) {
  await prepare();
  await handOver('packages/testing/dist/fuzz/main.js', args);
}

/** Needs the browser driver of this clone; the run itself brings all that it needs. */
async function runNewcomer(args) {
  nodeVersion();
  await step('dependencies', dependencies);
  await newcomer(args);
}

/** The README's pictures; with `matrix` the page in every state, for eyes, and with names those states alone. */
async function takeScreenshots([mode, ...names]) {
  if (mode !== undefined && mode !== 'matrix')
    throw stop(`no pictures "${mode}": say matrix, or nothing for those of the README`, 2);
  await prepare();
  if (mode === 'matrix') await matrix(names);
  else await screenshots();
}

/** Writes the reports of the public surface that `verify` compares with. */
async function api() {
  await prepare();
  await run(process.execPath, ['.config/api.mjs'], { quiet: false });
}

/** Packs everything that is published, and checks it as its users would find it. */
async function packages(args) {
  await prepare();
  await run(process.execPath, ['.config/packages.mjs', ...args], { quiet: false });
}

async function runRelease(args) {
  // Publishing runs where nothing is installed, so that no dependency comes near the right to publish.
  if (args[0] !== 'publish') await prepare();
  await release(args);
}

async function docs(args) {
  await prepare();
  await site(args);
}

async function runTests(args) {
  const startedAt = Date.now();
  await prepare();
  await test(args);
  say(`✓ npm test ${seconds(startedAt)}`);
}

async function verify() {
  const startedAt = Date.now();
  await prepare();
  await check();
  await test([], { checked: true });
  say(`✓ npm run verify ${seconds(startedAt)}`);
}

/** Every package's own build script, cached by turbo, which is asked to tell nobody. */
async function runBuild(args) {
  nodeVersion();
  await step('dependencies', dependencies);
  const env = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  await run(process.execPath, [tool('turbo'), 'run', 'build', '--ui=stream', ...args], {
    quiet: false,
    env,
  });
}

async function prepare() {
  nodeVersion();
  await step('dependencies', dependencies);
  await step('build', (tell) => build(tool('typescript', 'tsc'), tell));
  await step('pages', (tell) => pages(root, undefined, tell));
}
