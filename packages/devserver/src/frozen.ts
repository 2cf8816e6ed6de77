/**
 * Whether a process has really stopped after SIGSTOP.
 *
 * The signal returns before it works: one thread has to be scheduled to take it and stop the others, which on a
 * busy machine lasts long enough for a server to answer once more. Linux tells the state of each thread, other
 * systems that of the process.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from './command.ts';

const POLL_MS = 2;
const TIMEOUT_MS = 5_000;

/** Resolves with true when all of process `pid` has stopped, with false when that takes over five seconds. */
export async function untilFrozen(pid: number): Promise<boolean> {
  const until = Date.now() + TIMEOUT_MS;
  while (Date.now() < until) {
    const states = await (process.platform === 'linux' ? threadStates(pid) : processState(pid));
    if (states.length > 0 && states.every((state) => state === 'T')) return true;
    await delay(POLL_MS);
  }
  return false;
}

async function threadStates(pid: number): Promise<string[]> {
  const threads: string[] = await readdir(`/proc/${pid}/task`).catch(() => []);
  const texts = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'latin1').catch(() => '')),
  );
  // "1234 (nats-server) T 1 ...": the name may hold anything, so the state follows the last parenthesis.
  return texts.map((text) => text.charAt(text.lastIndexOf(')') + 2));
}

async function processState(pid: number): Promise<string[]> {
  const args = ['-o', 'state=', '-p', String(pid)];
  const output = await runCommand('ps', args, { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
  return output === undefined ? [] : [output.stdout.trim().charAt(0)];
}
