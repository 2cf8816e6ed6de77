/**
 * A newcomer's run: clones the repository into an empty folder, with an empty home and empty caches, types `npm start`, and
 * waits for the first driver on the map. Prints how long each step took. The browser is open before; all else is counted.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromiumPath, noChromium, openChromium } from './chromium.mjs';
import { capture, root, say, stop } from './steps.mjs';

const limitMs = 15 * 60_000;
const graceMs = 20_000;
const linesKept = 30;

/** Runs it; throws when a step fails or the goal is missed. */
export async function newcomer(args) {
  const { from, goal, keep } = optionsOf(args);
  const browserPath = chromiumPath();
  if (!browserPath) say(`${noChromium}. Until then this ends when the page answers.`);
  const folder = mkdtempSync(join(tmpdir(), 'jetlane-newcomer-'));
  const browser = browserPath ? await openChromium(browserPath) : undefined;
  const registry = (await capture('npm', ['config', 'get', 'registry'])).trim();
  say(`a newcomer's run in ${folder}: ${machine()}`);
  const watch = stopwatch();
  try {
    await clone(from, join(folder, 'clone'));
    watch.mark('clone');
    await demo(folder, registry, watch, async (address) => {
      watch.mark('nats-server and city');
      await (browser ? firstPosition(browser.context, address, watch) : firstAnswer(address));
      watch.mark(browser ? 'first driver on the map' : 'the page answers (the map was not seen)');
    });
  } finally {
    await browser?.close();
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
  const { words, reached } = verdict(watch.totalMs(), goal);
  say(words);
  if (!reached) throw stop('a newcomer would wait for too long: see which step took the time');
}

/** @throws the words for what cannot be understood, with exit code 2 */
export function optionsOf(args) {
  const usage = 'npm run newcomer -- [--from URL|DIR] [--goal SECONDS] [--keep]';
  const options = {
    from: { type: 'string', default: root },
    goal: { type: 'string', default: '90' },
    keep: { type: 'boolean', default: false },
  };
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw stop(`${error.message}\nusage: ${usage}`, 2);
  }
  const goal = Number(values.goal);
  if (!(goal > 0)) throw stop(`--goal must be a number of seconds, not '${values.goal}'`, 2);
  return { from: values.from, goal, keep: values.keep };
}

/** The step that a line of `npm start` ends, such as `✓ build 12.4 s`; undefined for other lines. */
export function stepOf(line) {
  return /^✓ (.+?) [\d.]+ m?s/.exec(line)?.[1];
}

/** The address of the page, in a line that names it. */
export function addressIn(line) {
  return /http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\S*/.exec(line)?.[0];
}

/** The last line, and whether the goal of so many seconds is reached. */
export function verdict(totalMs, goalSeconds) {
  const reached = totalMs <= goalSeconds * 1_000;
  const words = `total ${(totalMs / 1_000).toFixed(1)} s, goal ${goalSeconds} s: ${reached ? 'reached' : 'missed'}`;
  return { words, reached };
}

/** What is left of this environment for somebody who has nothing yet. */
export function emptyEnvironment(env, folder, registry) {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(npm_|nats_|xdg_|jetlane_|init_cwd|node_options|node_env)/i.test(name),
  );
  const home = join(folder, 'home');
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    USERPROFILE: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    npm_config_cache: join(home, '.npm'),
    npm_config_registry: registry,
  };
}

function stopwatch() {
  const startedAt = performance.now();
  let markedAt = startedAt;
  return {
    mark(name) {
      const now = performance.now();
      say(`  ${name.padEnd(40)} ${((now - markedAt) / 1_000).toFixed(1).padStart(7)} s`);
      markedAt = now;
    },
    totalMs: () => markedAt - startedAt,
  };
}

async function clone(from, into) {
  const url = from.startsWith('/') ? `file://${from}` : from;
  await capture('git', ['clone', '--quiet', '--depth', '1', url, into]);
}

/** Types `npm start` in the clone, calls `look` with the address that it prints, and ends it. */
async function demo(folder, registry, watch, look) {
  mkdirSync(join(folder, 'home'));
  const child = spawn('npm', ['start', '--', '--port', '0'], {
    cwd: join(folder, 'clone'),
    env: emptyEnvironment(process.env, folder, registry),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: platform() === 'win32',
    detached: platform() !== 'win32',
  });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  const interrupt = () => signal(child, 'SIGINT');
  process.on('SIGINT', interrupt);
  try {
    await look(await addressOf(child, ended, watch));
  } finally {
    process.off('SIGINT', interrupt);
    signal(child, 'SIGINT');
    const late = setTimeout(() => signal(child, 'SIGKILL'), graceMs);
    await ended;
    clearTimeout(late);
  }
}

async function addressOf(child, ended, watch) {
  const lines = [];
  return await new Promise((resolve, reject) => {
    const tooLate = setTimeout(
      () => reject(failed(`npm start printed no address within ${limitMs / 60_000} min`, lines)),
      limitMs,
    );
    const read = (text) => {
      for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
        lines.push(line);
        const name = stepOf(line.trim());
        if (name) watch.mark(name);
        const address = addressIn(line);
        if (!address) continue;
        clearTimeout(tooLate);
        resolve(address);
      }
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', reject);
    void ended.then((code) => {
      clearTimeout(tooLate);
      reject(failed(`npm start ended with exit code ${code} before it printed an address`, lines));
    });
  });
}

function failed(words, lines) {
  return stop(`${words}; the last that it said:\n${lines.slice(-linesKept).join('\n')}`);
}

async function firstPosition(context, address, watch) {
  const page = await context.newPage();
  await page.goto(address);
  watch.mark('page loaded');
  const shown = () =>
    Number(document.querySelector('#in-view')?.textContent.replace(/\D/g, '')) > 0;
  await page.waitForFunction(shown, undefined, { timeout: 60_000 });
}

async function firstAnswer(address) {
  const { status } = await fetch(address);
  if (status !== 200) throw stop(`${address} answers with status ${status}`);
}

/** The whole group: npm, its shell, and what they started. */
function signal(child, name) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (platform() === 'win32') child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // It ended just now.
  }
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores ${model}, ${platform()}, Node ${process.versions.node}`;
}
