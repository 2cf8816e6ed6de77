/**
 * The floor under a run's latencies: what core NATS, which stores nothing, takes at the same rate between two processes on
 * the same server. Measured right before and right after, because a machine is not the same from one minute to the next.
 */
import type { Latencies } from '../ledger/latency.ts';
import { RunFailure } from '../run/run-failure.ts';
import { loadProcess } from './load-process.ts';
import type { FloorOrder, FloorWord } from './protocol.ts';

/** What to measure. */
export type FloorOptions = Pick<FloorOrder, 'servers' | 'perS' | 'forMs'>;

type Done = Extract<FloorWord, { word: 'done' }>;

/** Adds the latencies of one measurement to `into`. Rejects with RunFailure when the server is away. */
export async function measureFloor(options: FloorOptions, into: Latencies): Promise<void> {
  const subject = `location-floor.${process.pid}.${Date.now()}`;
  const ends: (() => Promise<void>)[] = [];
  function play(role: FloorOrder['role']): { ready: Promise<void>; done: Promise<Done> } {
    let begun: () => void = () => {};
    const ready = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const done = new Promise<Done>((resolve, reject) => {
      const fail = (sentence: string) => reject(new RunFailure(`the floor: ${sentence}`));
      const hear = (word: FloorWord) => {
        if (word.word === 'ready') begun();
        else if (word.word === 'done') resolve(word);
        else fail(word.sentence);
      };
      const child = loadProcess(
        'floor-main',
        (message) => hear(message as FloorWord),
        () => fail('a process ended'),
      );
      ends.push(() => child.end());
      child.say({ ...options, role, subject } satisfies FloorOrder);
    });
    done.catch(() => {}); // seen below, or it ends with the other
    return { ready, done };
  }
  try {
    const listener = play('listen');
    await Promise.race([listener.ready, listener.done]);
    await play('send').done;
    into.merge((await listener.done).latencies);
  } finally {
    await Promise.all(ends.map((end) => end()));
  }
}
