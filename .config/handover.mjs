/**
 * Hands the process over to a program: it runs in this very process, so its exit code, its
 * terminal and its signals are its own, and nothing is left behind when it is killed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, stop } from './steps.mjs';

const sameKeypressMs = 250;
const parentCheckMs = 1_000;

/** Runs the module at `path` (from the root) as if it had been started with `args`. */
export async function handOver(path, args) {
  const file = join(root, path);
  if (!existsSync(file)) throw stop(`${path} is missing after the build: is its source there?`);
  deliverOnce('SIGINT');
  if (process.env['npm_lifecycle_event']) endWithParent();
  process.setSourceMapsEnabled(true);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

/**
 * One Ctrl-C reaches us once. The terminal signals the whole group and npm forwards its own copy:
 * where the shell between them is bash, that makes two, and programs take a second one as "now!".
 */
function deliverOnce(signal) {
  const emit = process.emit;
  let deliveredAtMs = Number.NEGATIVE_INFINITY;
  process.emit = function emitOnce(name, ...rest) {
    if (name === signal) {
      const nowMs = performance.now();
      if (nowMs - deliveredAtMs < sameKeypressMs) return true;
      deliveredAtMs = nowMs;
    }
    return emit.call(this, name, ...rest);
  };
}

/** npm ended by SIGTERM takes its shell along and tells nobody else: notice, and end as well. */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, parentCheckMs);
  timer.unref();
}
