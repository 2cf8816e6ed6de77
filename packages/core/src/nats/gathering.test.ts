import { describe, expect, it } from 'vitest';
import { until } from '../../test/until.ts';
import { realClock } from '../clock.ts';
import { Gathering, type GatheringOptions } from './gathering.ts';
import type { PartitionDelivery } from './partition-delivery.ts';

const delivery = (queueSeq: number) => ({ queueSeq, working: () => {} }) as PartitionDelivery;

/** A gathering, and what the server and the process would say. */
function gather(ackWaitMs = 60_000, timeoutMs = 60_000) {
  const world = { ackPending: 0, pin: 'mine', held: 0, settled: 0, looks: 0, answers: true };
  const ends: (readonly number[] | 'lost')[] = [];
  const fetched: number[] = [];
  const options: GatheringOptions = {
    clock: realClock,
    ackWaitMs,
    timeoutMs,
    pin: 'mine',
    look: async () => {
      world.looks++;
      if (!world.answers) throw new Error('no answer');
      return { ackPending: world.ackPending, pin: world.pin };
    },
    standing: () => ({ held: world.held, settled: world.settled }),
    fetch: (count) => fetched.push(count),
    complete: (kept) => ends.push(kept.map(({ queueSeq }) => queueSeq)),
    lost: () => ends.push('lost'),
  };
  return { world, ends, fetched, gathering: new Gathering(options) };
}

describe('gathering', () => {
  it('ends at once when nobody else has anything', async () => {
    const { world, ends, fetched, gathering } = gather();
    world.ackPending = 1;
    world.held = 1;
    gathering.keep(delivery(7));
    await until('the end', () => ends.length > 0);
    expect(ends).toEqual([[7]]);
    expect(fetched).toEqual([]);
  });

  it('fetches what is missing once, and hands all of it over in order when it is there', async () => {
    const { world, ends, fetched, gathering } = gather();
    world.ackPending = 3;
    world.held = 1;
    gathering.keep(delivery(9));
    await until('some looks', () => world.looks > 3);
    expect(fetched).toEqual([2]);
    expect(ends).toEqual([]);
    for (const seq of [4, 2, 9]) gathering.keep(delivery(seq));
    world.held = 3;
    await until('the end', () => ends.length > 0);
    expect(ends).toEqual([[2, 4, 9]]);
  });

  it('does not take what was settled while the server answered for what it holds', async () => {
    const { world, ends, gathering } = gather();
    world.ackPending = 2;
    world.held = 2;
    let calls = 0;
    // One is settled between the question and the answer, which may name it or one that is missing.
    Object.defineProperty(world, 'settled', { get: () => calls++, configurable: true });
    await until('some looks', () => world.looks > 2);
    expect(ends).toEqual([]);
    Object.defineProperty(world, 'settled', { get: () => 0 });
    await until('the end', () => ends.length > 0);
    gathering.stop();
    expect(ends).toEqual([[]]);
  });

  it('ends without handing over when the pin is not its own any more', async () => {
    const { world, ends, gathering } = gather();
    gathering.keep(delivery(1));
    world.pin = '';
    await until('the end', () => ends.length > 0);
    expect(ends).toEqual(['lost']);
    expect(gathering.stop().map(({ queueSeq }) => queueSeq)).toEqual([1]);
  });

  it('waits on while the server does not answer, however long that takes', async () => {
    const { world, ends, gathering } = gather(1, 1);
    world.ackPending = 1;
    world.answers = false;
    await until('looks past the time that it would give an owner', () => world.looks > 6);
    expect(ends).toEqual([]);
    world.answers = true;
    await until('the end', () => ends.length > 0);
    expect(gathering.stop()).toEqual([]);
  });

  it('fetches again when the ack wait of what is missing is over', async () => {
    const { world, fetched, gathering } = gather(20);
    world.ackPending = 5;
    await until('the second fetch', () => fetched.length > 1);
    gathering.stop();
    expect(new Set(fetched)).toEqual(new Set([5]));
  });
});
