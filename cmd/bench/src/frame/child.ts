/** A process that plays a role in a benchmark. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchFailure } from './failure.ts';
import type { Memory } from './memory.ts';
import type { Order, Word } from './serve.ts';

/** A process that was started. */
export interface Child<Round, Result> {
  readonly pid: number;
  /**
   * Asks for one round and resolves with what came of it. One round at a time.
   *
   * @throws BenchFailure when the role failed, in its words, or its process ended
   */
  round(round: Round, onProgress?: (count: number) => void): Promise<Result>;
  /** Its memory, after a garbage collection; not while a round is played. */
  memory(): Promise<Memory>;
  /** Asks the round that is being played to come to an end early. */
  stop(): void;
  /** Lets the role close in order; kills it when that takes longer than `timeoutMs` (default 5 000). Never rejects. */
  end(timeoutMs?: number): Promise<void>;
}

/** How to start it. */
export interface ChildOptions {
  /** Arguments of node, such as `--cpu-prof`. Default: `--expose-gc`. */
  readonly execArgv?: readonly string[];
  /** Gets what it prints. Default: dropped. */
  readonly say?: (line: string) => void;
}

const END_TIMEOUT_MS = 5_000;

/**
 * Starts a module of `roles/` in a process of its own and resolves once it is set up.
 *
 * @throws BenchFailure when it fails before
 */
export async function startChild<Round, Result>(
  module: URL,
  setup: unknown,
  { execArgv = ['--expose-gc'], say = () => {} }: ChildOptions = {},
): Promise<Child<Round, Result>> {
  const child = fork(fileURLToPath(module), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [...execArgv],
    serialization: 'advanced',
    // Ctrl-C in a terminal goes to the program alone, which ends its children in order.
    detached: true,
  });
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding('utf8').on('data', (text: string) => say(text.trimEnd()));
  const talk = conversation(child);
  await talk.ask({ says: 'setup', options: setup }, 'ready');
  return {
    pid: child.pid ?? -1,
    async round(round, onProgress) {
      const answer = await talk.ask({ says: 'round', round }, 'result', onProgress);
      return (answer as { readonly result: unknown }).result as Result;
    },
    async memory() {
      const answer = await talk.ask({ says: 'memory' }, 'result');
      return (answer as { readonly result: unknown }).result as Memory;
    },
    stop: () => talk.say({ says: 'stop' }),
    async end(timeoutMs = END_TIMEOUT_MS) {
      talk.say({ says: 'close' });
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await talk.gone;
      clearTimeout(timer);
    },
  };
}

interface Conversation {
  say(order: Order): void;
  ask(order: Order, answer: Word['says'], onProgress?: (count: number) => void): Promise<Word>;
  readonly gone: Promise<void>;
}

function conversation(child: ChildProcess): Conversation {
  let waiting: ((word: Word) => void) | undefined;
  let why: string | undefined;
  child.on('message', (word: Word) => {
    if (word.says === 'failed') why = word.why;
    else waiting?.(word);
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      why ??= error.message;
      resolve();
    });
  });
  const say = (order: Order) => {
    // A process that is gone is told of by `gone`.
    if (child.connected) child.send(order, () => {});
  };
  return {
    say,
    gone,
    async ask(order, answer, onProgress) {
      const answered = new Promise<Word>((resolve) => {
        waiting = (word) => {
          if (word.says === 'progress') onProgress?.(word.count);
          else if (word.says === answer) resolve(word);
        };
      });
      say(order);
      const word = await Promise.race([answered, gone]);
      if (word !== undefined) return word;
      throw new BenchFailure(
        why ??
          `a process of the benchmark ended (${child.signalCode ?? `exit code ${child.exitCode}`}); what it printed may say why`,
      );
    },
  };
}
