/**
 * Ends the servers when this process ends, in whatever way, kill -9 included.
 *
 * One small Node process per process that uses this package holds the read end of a pipe. We write a line
 * for each server that starts or exits; when we are gone the kernel closes the pipe, the watchdog reads its
 * end and ends what is still listed (SIGTERM, after 2 s SIGKILL), then removes temporary stores. It needs no
 * shell and works alike on Linux and macOS. Servers are direct children, so their pids are the real ones. A
 * line is written right after the spawn and waits in the pipe if the watchdog is still starting. Cost: one
 * idle process (its start, about 40 ms, overlaps the server's) and one write per start or exit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { parse } from 'node:path';

const RESTARTS_MAX = 5;

/** What the watchdog has to know: pids, each with the directory to remove. */
const guarded = new Map<number, string | undefined>();
let watchdog: ChildProcess | undefined;
let restarts = 0;

/** Ends process `pid`, then removes directory `removes`, once this process is gone. */
export function guard(pid: number, removes?: string): void {
  guarded.set(pid, removes);
  if (watchdog === undefined) watchdog = startWatchdog();
  else send({ guard: pid, removes });
}

/** Process `pid` has exited: leave its number alone from now on. */
export function unguard(pid: number): void {
  guarded.delete(pid);
  send({ unguard: pid });
}

function send(line: { guard?: number; unguard?: number; removes?: string | undefined }): void {
  watchdog?.stdin?.write(`${JSON.stringify(line)}\n`);
}

function startWatchdog(): ChildProcess {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...env } = process.env;
  const child = spawn(process.execPath, ['-e', SCRIPT], {
    // Its own session: Ctrl-C in a terminal reaches us, who stop in order, and not the watchdog.
    detached: true,
    cwd: parse(process.cwd()).root,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  for (const [pid, removes] of guarded) {
    child.stdin.write(`${JSON.stringify({ guard: pid, removes })}\n`);
  }
  // Somebody ended the watchdog and not us: the next one takes over.
  child.once('exit', () => {
    watchdog = undefined;
    restarts++;
    if (guarded.size > 0 && restarts <= RESTARTS_MAX) watchdog = startWatchdog();
  });
  child.unref();
  (child.stdin as Partial<Socket>).unref?.();
  return child;
}

const SCRIPT = `
const { readFileSync, rmSync } = require('node:fs');
const guarded = new Map();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { guard, unguard, removes } = JSON.parse(line);
    if (guard) guarded.set(guard, removes); else guarded.delete(unguard);
  })
  .on('close', () => {
    const until = Date.now() + 2000;
    for (const pid of guarded.keys()) send(pid, 'SIGTERM') && send(pid, 'SIGCONT');
    const finish = () => {
      const alive = [...guarded.keys()].filter(runs);
      if (alive.length > 0 && Date.now() < until) return setTimeout(finish, 20);
      for (const pid of alive) send(pid, 'SIGKILL');
      for (const path of guarded.values()) {
        if (path) try { rmSync(path, { recursive: true, force: true, maxRetries: 5 }); } catch {}
      }
      process.exit(0);
    };
    finish();
  });
// A process that ended but was not collected (no init in a container) still takes signals.
function runs(pid) {
  try { if (/\\) Z /.test(readFileSync('/proc/' + pid + '/stat', 'latin1'))) return false; } catch {}
  return send(pid, 0);
}
function send(pid, signal) {
  try { return process.kill(pid, signal); } catch { return false; }
}
`;
