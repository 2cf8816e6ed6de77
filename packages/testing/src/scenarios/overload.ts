import { type Client, type Held, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { items } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { holds, until } from '../until.ts';

const soon = { minDelay: '5ms', maxDelay: '20ms' } as const;

/** What is too much for one handler, key or worker stays there. */
export const overload: readonly Scenario[] = [
  {
    name: 'calls nothing and pulls nothing while its breaker is open, then loses nothing and burns no attempts',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const calls = new Map<number, number>();
      let isDown = true;
      let failed = 0;
      const options = {
        from: Stream,
        concurrency: 2,
        breaker: { failures: 3, openFor: '400ms' },
        retry: { ...soon, attempts: 20 },
      } as const;
      const reader = worker(durable('reader'), options, [
        on(Sent, ({ data: { n }, attempt }) => {
          calls.set(n, attempt);
          if (!isDown) return;
          failed++;
          throw new Error('down');
        }),
      ]);
      const client = await stage.start(Stream);
      await client.publish(items(subject, 60));
      await client.start(reader);
      await until(() => heldOf(client, reader.name)?.breaker === 'open', DEADLINE_MS, 'it to open');
      await until(() => failed >= 5, DEADLINE_MS, 'two trials that failed');
      const { lag } = await stateOf(client, reader.name);
      expect(lag).toBeGreaterThanOrEqual(60 - 8 - failed);
      expect(calls.size).toBeLessThanOrEqual(failed);
      isDown = false;
      await until(
        () => calls.size === 60 && heldOf(client, reader.name)?.all === 0,
        DEADLINE_MS,
        () => `all 60, not ${calls.size}`,
      );
      expect(heldOf(client, reader.name)?.breaker).toBe('closed');
      const attempts = [...calls.values()].reduce((sum, attempt) => sum + attempt, 0);
      expect(attempts).toBe(60 + failed);
      expect(await stage.buried(durable('reader'))).toEqual([]);
    },
  },
  {
    name: 'asks for a message to try with when its breaker has been open and nothing waits',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const attempts: number[] = [];
      // Room for one message, which goes back when it fails.
      const options = {
        from: Stream,
        maxAckPending: 4,
        breaker: { failures: 1, openFor: '300ms' },
        retry: soon,
      } as const;
      const reader = worker(durable('reader'), options, [
        on(Sent, ({ attempt }) => {
          attempts.push(attempt);
          if (attempts.length < 3) throw new Error('down');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => heldOf(client, reader.name)?.breaker === 'open', DEADLINE_MS, 'it to open');
      await holds(() => attempts.length === 1, 100, 'no call while it is open');
      await until(
        () => heldOf(client, reader.name)?.breaker === 'closed',
        DEADLINE_MS,
        'it to close',
      );
      expect(attempts).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'begins no more of a key than its rate limit allows, and holds back no other key',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen: string[] = [];
      const rateLimit = { messages: 3, per: '1h', key: 'key' } as const;
      const options = { from: Stream, ackWait: '1s', rateLimit } as const;
      const reader = worker(durable('reader'), options, [
        on(Sent, ({ data: { key }, attempt }) => void seen.push(`${key}#${attempt}`)),
      ]);
      const client = await stage.start(reader);
      await client.publish([
        ...Array.from({ length: 10 }, (_, n) => Sent({ key: 'hot', n })),
        ...items(subject, 16, 16),
      ]);
      await until(
        () => seen.length === 19,
        DEADLINE_MS,
        () => `nineteen, not ${seen.length}`,
      );
      // Longer than the ack wait: what waits is heartbeated.
      await holds(() => seen.length === 19, 1_500, 'nothing more');
      expect(seen.filter((one) => one === 'hot#1')).toHaveLength(3);
      expect(heldOf(client, reader.name)).toMatchObject({ all: 7, throttled: 7, running: 0 });
      expect((await stateOf(client, reader.name)).redelivered).toBe(0);
    },
  },
  {
    name: 'lets other keys pass while more waits behind a held lane than the worker has room for',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen: string[] = [];
      const options = { from: Stream, concurrency: 4, orderBy: 'key' } as const;
      const reader = worker(durable('reader'), options, [
        on(Sent, ({ data: { key, n }, attempt }, { retry }) => {
          if (key === 'held' && n === 0 && attempt === 1) retry('1500ms');
          seen.push(`${key} ${n}`);
        }),
      ]);
      const client = await stage.start(Stream);
      await client.publish([
        ...Array.from({ length: 20 }, (_, n) => Sent({ key: 'held', n })),
        ...items(subject, 12, 12),
      ]);
      await client.start(reader);
      await until(
        () => seen.length === 32,
        DEADLINE_MS,
        () => `all 32, not ${seen.length}`,
      );
      const held = seen.filter((one) => one.startsWith('held'));
      expect(held).toEqual(Array.from({ length: 20 }, (_, n) => `held ${n}`));
      expect(seen.slice(0, 12).some((one) => one.startsWith('held'))).toBe(false);
      await until(
        () => heldOf(client, reader.name)?.lanes?.keys === 0,
        DEADLINE_MS,
        'no lane to remain',
      );
    },
  },
  {
    name: 'keeps the overload of a worker from all others: blocked handlers, a full room, an open breaker, a limit',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const finish: (() => void)[] = [];
      const seen = { blocked: 0, broken: 0, limited: 0, lane: 0 };
      const well = new Set<number>();
      const options = { from: Stream, concurrency: 2 } as const;
      const client = await stage.start(
        worker(durable('blocked'), options, [
          on(Sent, () => {
            seen.blocked++;
            return new Promise<void>((resolve) => finish.push(resolve));
          }),
        ]),
        worker(durable('broken'), { ...options, breaker: { failures: 1, openFor: '1h' } }, [
          on(Sent, () => {
            seen.broken++;
            throw new Error('down');
          }),
        ]),
        worker(durable('limited'), { ...options, rateLimit: { messages: 1, per: '1h' } }, [
          on(Sent, () => void seen.limited++),
        ]),
        worker(durable('held'), { ...options, orderBy: 'key' }, [
          on(Sent, (_, { retry }) => {
            seen.lane++;
            retry('1h');
          }),
        ]),
        worker(durable('well'), options, [on(Sent, ({ data: { n } }) => void well.add(n))]),
      );
      await client.publish(items(subject, 200));
      await until(
        () => well.size === 200,
        DEADLINE_MS,
        () => `all 200, not ${well.size}`,
      );
      await until(
        () => seen.blocked === 2 && seen.broken > 0 && seen.limited === 1 && seen.lane === 1,
        DEADLINE_MS,
        () => `the others to be stuck: ${JSON.stringify(seen)}`,
      );
      for (const resolve of finish) resolve();
      await client.close({ timeout: '200ms' });
    },
  },
];

function workerOf(client: Client, name: string): Client['workers'][number] | undefined {
  return client.workers.find((each) => each.name === name);
}

function heldOf(client: Client, name: string): Held | undefined {
  return workerOf(client, name)?.held();
}

function stateOf(client: Client, name: string) {
  return (workerOf(client, name) as NonNullable<ReturnType<typeof workerOf>>).state();
}
