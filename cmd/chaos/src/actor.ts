/** A process that plays a part in a run: it can be killed at any moment, and what it did stands in its ledger file. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RunFailure } from './run-failure.ts';

/** A process that was started. */
export interface Actor {
  readonly pid: number;
  readonly running: boolean;
  /** Resolves when it says that it is ready; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with its last words, when it has ended in order; rejects when it failed or was killed. */
  readonly report: Promise<unknown>;
  /** Tells it to begin, if it waits for that. */
  begin(): void;
  /** Asks it to come to an end, and resolves with its report. */
  finish(): Promise<unknown>;
  /** Sends it a signal; false when it is gone. */
  signal(name: NodeJS.Signals): boolean;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** What an actor says to the program, over its IPC channel. */
export type Word =
  | { readonly says: 'ready' }
  | { readonly says: 'report'; readonly report: unknown }
  | { readonly says: 'failed'; readonly why: string };

/** Starts a module in a process of its own, with its options as JSON in its first argument. */
export function startActor(module: URL, options: object, say: (line: string) => void): Actor {
  const child = fork(fileURLToPath(module), [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in a terminal goes to the program alone, which ends its actors in order.
    detached: true,
  });
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding('utf8').on('data', (text: string) => say(text.trimEnd()));
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const { ready, report } = listen(child, gone);
  return {
    pid: child.pid ?? -1,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    ready,
    report,
    begin: () => void child.send('begin'),
    finish() {
      if (child.connected) child.send('finish');
      return report;
    },
    signal: (name) => child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function listen(
  child: ChildProcess,
  gone: Promise<void>,
): { readonly ready: Promise<void>; readonly report: Promise<unknown> } {
  let why: string | undefined;
  const ended = async () => {
    await gone;
    throw new RunFailure(
      `process ${child.pid} of the trial ended by itself: ${why ?? child.signalCode ?? `exit code ${child.exitCode}`}`,
    );
  };
  const word = <T>(take: (word: Word) => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      child.on('message', (message: Word) => {
        if (message.says === 'failed') why = message.why;
        const taken = take(message);
        if (taken !== undefined) resolve(taken);
      });
      ended().catch(reject);
    });
  const ready = word((message) => (message.says === 'ready' ? true : undefined)).then(() => {});
  const report = word((message) => (message.says === 'report' ? [message.report] : undefined)).then(
    ([last]) => last,
  );
  // Who does not await one of them does not want to hear of it.
  ready.catch(() => {});
  report.catch(() => {});
  return { ready, report };
}
