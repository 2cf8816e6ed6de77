/**
 * Running a step: what it is at and its time on stderr, its output only when it fails, its children stopped with us. On a terminal
 * what it is at is one line that is written over; elsewhere it is a line now and then.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Prints one line to stderr. */
export function say(line) {
  process.stderr.write(`${takeProgressAway()}${line}\n`);
}

/** The time since `startedAt` (epoch milliseconds), as `12.3 s`. */
export function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * Runs one named step and prints its time; what it throws says which step stopped, and when. `work` may tell what it is at, as
 * often as it likes.
 */
export async function step(title, work) {
  const startedAt = Date.now();
  const shown = progress(title, startedAt);
  try {
    const note = await work(shown.tell);
    shown.end();
    say(`✓ ${title} ${seconds(startedAt)}${note ? ` (${note})` : ''}`);
  } catch (error) {
    shown.end();
    const { words, exitCode } = failure(error);
    throw stop(`✗ ${title} ${seconds(startedAt)}: ${words}`, exitCode);
  }
}

/** An error that ends the run with these words and this exit code. */
export function stop(words, exitCode = 1) {
  return Object.assign(new Error(words), { exitCode });
}

/** What to print and how to exit for anything thrown: a stack only for what nobody foresaw. */
export function failure(error) {
  const foreseen = typeof error?.exitCode === 'number';
  return foreseen
    ? { words: error.message, exitCode: error.exitCode }
    : { words: String(error?.stack ?? error), exitCode: 1 };
}

/** The JavaScript file behind a package's command: run with this Node, so no shell and no PATH. */
export function tool(packageName, command = packageName) {
  const home = join(root, 'node_modules', ...packageName.split('/'));
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return join(home, typeof bin === 'string' ? bin : bin[command]);
}

/** What a command prints to stdout, as text; throws with what it printed to stderr when it fails. */
export async function capture(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => {
      told[stream] += text;
    });
  const { code, signal } = await ended(child);
  if (code === 0) return told.stdout;
  const how = signal ? `was stopped by ${signal}` : `ended with exit code ${code}`;
  throw stop(`${[command, ...args].join(' ')} ${how}:\n${told.stderr.trim()}`);
}

/** How npm is started: with `before` in front of its own arguments. */
export function npmCommand() {
  const cli = process.env['npm_execpath'];
  // Under `npm run`, npm says where it is: the same npm again, on any platform, without a shell.
  return cli?.endsWith('npm-cli.js')
    ? { command: process.execPath, before: [cli], shell: false }
    : { command: 'npm', before: [], shell: process.platform === 'win32' };
}

/**
 * Runs a command to its end. `quiet` keeps its output back and prints it to stderr if the command fails; otherwise the child owns
 * the terminal. `onLine` gets each line as it comes, and keeps back only those for which it does not return true. Throws with the
 * child's exit code.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, env?: object, shell?: boolean, onLine?: (line: string) => boolean }} [options]
 */
export async function run(command, args, { quiet = true, env = {}, shell = false, onLine } = {}) {
  const child = spawn(command, args, {
    cwd: root,
    shell,
    env: { ...process.env, ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  const held = [];
  const hold = (line) => {
    if (onLine?.(line) !== true) held.push(line);
  };
  const readers = [child.stdout, child.stderr]
    .filter(Boolean)
    .map((stream) => readLines(stream, hold));
  const { code, signal } = await ended(child);
  await Promise.all(readers);
  if (code === 0) return;
  process.stderr.write(takeProgressAway() + held.map((line) => `${line}\n`).join(''));
  if (signal) throw stop(`stopped by ${signal}`, 128 + constants.signals[signal]);
  throw stop(`exit code ${code}`, code);
}

async function readLines(stream, take) {
  for await (const line of createInterface({ input: stream })) take(line);
}

async function ended(child) {
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
}

const drawEveryMs = 100;
const lineEveryMs = 10_000;
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
let drawn = false;

/** Shows what a step is at, from the first time that it tells. */
function progress(title, startedAt) {
  const { stderr, env } = process;
  const live = stderr.isTTY === true && env['TERM'] !== 'dumb';
  let words;
  let timer;
  let turn = 0;
  const show = () => {
    turn += 1;
    if (!live) return say(`  ${title} ${seconds(startedAt)}: ${words}`);
    const line = `${spinner[turn % spinner.length]} ${title} ${seconds(startedAt)}  `;
    const columns = (stderr.columns || 80) - 1;
    drawn = true;
    stderr.write(`\r${(line + shortened(words, columns - line.length)).slice(0, columns)}\x1b[K`);
  };
  return {
    tell(news) {
      words = news;
      timer ??= setInterval(show, live ? drawEveryMs : lineEveryMs);
    },
    end() {
      clearInterval(timer);
      stderr.write(takeProgressAway());
    },
  };
}

/** So many characters of words at most; the middle goes, since what moves stands at the end. */
export function shortened(words, columns) {
  if (words.length <= columns) return words;
  const kept = Math.max(1, columns - 1);
  const head = Math.floor(kept / 5);
  return `${words.slice(0, head)}…${words.slice(words.length - (kept - head))}`;
}

/** What to write before anything else, so that the line in progress does not stay. */
function takeProgressAway() {
  if (!drawn) return '';
  drawn = false;
  return '\r\x1b[K';
}
