import { event, stream } from '@jetlane/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Subscription } from '../bus.ts';
import { diagnostics, type HeldEvent } from '../diagnostics.ts';
import { memory } from '../memory/memory.ts';
import { on } from './handler.ts';
import { Room } from './room.ts';
import { worker, workerSpec } from './worker.ts';

const Sent = event('Sent', {
  subject: 'sent.{key}',
  schema: z.object({ key: z.string(), n: z.number() }),
});
const Stream = stream('ROOMS', { subjects: ['sent.>'], messages: [Sent] });

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A room of 100 places whose subscription notes what it is told. */
function room() {
  const told: string[] = [];
  const places = new Room(100);
  places.free(2);
  places.begin({
    release: (count) => void told.push(`release ${count}`),
    widen: (count) => void told.push(`widen ${count}`),
  } as Subscription);
  return { places, told };
}

describe('a room', () => {
  it('tells of places that were free before there was anybody to tell', () => {
    expect(room().told).toEqual(['release 2']);
  });

  it('makes up for what waits beyond a quarter, up to as much again, and takes it back', () => {
    const { places, told } = room();
    for (const waiting of [24, 25, 26, 75, 124, 125, 300, 125, 100, 26, 25, 0]) places.fit(waiting);
    expect(told.slice(1)).toEqual([
      'widen 1',
      'widen 49',
      'widen 49',
      'widen 1',
      'widen -25',
      'widen -74',
      'widen -1',
    ]);
  });
});

describe('a lane that is held', () => {
  const concurrency = 10;
  const reader = worker(
    'reader',
    {
      from: Stream,
      concurrency,
      orderBy: 'key',
      ackWait: '30s',
      retry: { delay: () => '1h' },
    },
    [
      on(Sent, ({ data: { key, n }, attempt }) => {
        calls.push(`${key}${n}`);
        if (key === 'held' && n === 0 && attempt === 1) throw new Error('not now');
      }),
    ],
  );
  const { room: places } = workerSpec(reader);
  let calls: string[] = [];

  /** Publishes `count` messages behind the one that holds its lane, then ten others; gives the others that were handled. */
  async function behind(count: number) {
    calls = [];
    const client = memory({ clock: 'manual' });
    open.push(() => client.close({ timeout: '100ms' }));
    await client.start(reader);
    const held = Array.from({ length: count + 1 }, (_, n) => Sent({ key: 'held', n }));
    const others = Array.from({ length: 10 }, (_, n) => Sent({ key: `other${n}`, n }));
    await client.publish([...held, ...others]);
    await client.idle();
    return { client, others: calls.filter((call) => call.startsWith('other')).length };
  }

  it('lets others pass although it has more behind it than the room', async () => {
    expect(places).toBe(40);
    const { client, others } = await behind(places + 5);
    expect(others).toBe(10);
    expect(client.workers[0]?.held()).toMatchObject({
      all: places + 6,
      retrying: 1,
      lanes: { keys: 1, waiting: places + 5, held: 1 },
    });
  });

  it('takes twice the room at most; then others wait until it moves, and nothing is lost or out of order', async () => {
    const { client, others } = await behind(3 * places);
    expect(others).toBe(0);
    expect(client.workers[0]?.held().all).toBe(2 * places);
    await client.advance('1h');
    expect(client.workers[0]?.held()).toMatchObject({ all: 0, lanes: { keys: 0, waiting: 0 } });
    const numbers = calls.flatMap((call) =>
      call.startsWith('held') ? [Number(call.slice(4))] : [],
    );
    expect(numbers).toEqual([0, ...Array.from({ length: 3 * places + 1 }, (_, n) => n)]);
    expect(calls).toHaveLength(3 * places + 12);
  });

  it('is seen in snapshots, with how long it has waited', async () => {
    const seen: HeldEvent[] = [];
    const listen = (event: unknown) => seen.push(event as HeldEvent);
    const { client } = await behind(5);
    diagnostics.held.subscribe(listen);
    open.push(() => diagnostics.held.unsubscribe(listen));
    await client.advance('20m');
    expect(seen.at(-1)).toMatchObject({
      worker: 'reader',
      stream: 'ROOMS',
      all: 6,
      running: 0,
      limit: 10,
      lanes: { keys: 1, waiting: 5, held: 1, oldestMs: 1_200_000 },
    });
  });
});
