/** What every role does: set itself up with its options, play the rounds that it is asked for, end with the program. */
import { messageOf } from './failure.ts';
import { memory } from './memory.ts';

/** A role that is set up. */
export interface Role<Round, Result> {
  /** Plays one round. `signal` asks it to come to an end early and tell what it has; `progress` takes a count so far. */
  round(
    round: Round,
    signal: AbortSignal,
    progress: (count: number) => void,
  ): Promise<Result> | Result;
  /** Lets go of what it holds. */
  close?(): Promise<void>;
}

/** What the program says to a role, over the IPC channel. */
export type Order =
  | { readonly says: 'setup'; readonly options: unknown }
  | { readonly says: 'round'; readonly round: unknown }
  | { readonly says: 'memory' }
  | { readonly says: 'stop' }
  | { readonly says: 'close' };

/** What a role says to the program. */
export type Word =
  | { readonly says: 'ready' }
  | { readonly says: 'progress'; readonly count: number }
  | { readonly says: 'result'; readonly result: unknown }
  | { readonly says: 'failed'; readonly why: string };

/**
 * Plays a role in this process, which was started by `startChild`. It ends at once when the program that started it is gone.
 */
export function serve<Options, Round, Result>(
  setUp: (options: Options) => Promise<Role<Round, Result>> | Role<Round, Result>,
): void {
  let role: Role<Round, Result> | undefined;
  let stop = new AbortController();
  const fail = async (error: unknown) => {
    await tell({ says: 'failed', why: messageOf(error) });
    process.exit(1);
  };
  process.on('disconnect', () => process.exit(1));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('message', (order: Order) => {
    obey(order).catch(fail);
  });

  async function obey(order: Order): Promise<void> {
    if (order.says === 'setup') {
      role = await setUp(order.options as Options);
      await tell({ says: 'ready' });
    } else if (order.says === 'round') {
      stop = new AbortController();
      const progress = (count: number) => void tell({ says: 'progress', count });
      const result = await role?.round(order.round as Round, stop.signal, progress);
      await tell({ says: 'result', result: result ?? null });
    } else if (order.says === 'memory') await tell({ says: 'result', result: memory() });
    else if (order.says === 'stop') stop.abort();
    else {
      await role?.close?.();
      process.exit(0);
    }
  }
}

function tell(word: Word): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(word, undefined, {}, () => resolve());
  });
}
