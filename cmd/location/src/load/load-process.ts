/** A child process that plays a part in a run, spoken to in small messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLOCK_VARIABLE, clockShiftMs } from '../ledger/clock.ts';

/** A running child. */
export interface LoadProcess {
  /** Says something; nothing happens when it is gone. */
  say(message: object): void;
  /** Asks it to end with any message, and ends it by force when it does not. */
  end(): Promise<void>;
}

const END_MS = 3000;

/** Starts a module of this folder on the clock of this run; `onEnd` is told when it ends, however. */
export function loadProcess(
  module: 'viewers-main' | 'floor-main' | 'live-floor-main',
  onMessage: (message: unknown) => void,
  onEnd: () => void,
): LoadProcess {
  const path = fileURLToPath(new URL(`./${module}.js`, import.meta.url));
  const env = { ...process.env, [CLOCK_VARIABLE]: String(clockShiftMs) };
  const child: ChildProcess = fork(path, { env });
  child.on('message', onMessage);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void gone.then(onEnd);
  const say = (message: object) => {
    if (child.connected) child.send(message, () => {}); // it may end meanwhile
  };
  return {
    say,
    async end() {
      say({ word: 'end' });
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}
