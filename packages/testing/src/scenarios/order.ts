import { setTimeout as delay } from 'node:timers/promises';
import { on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { items } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

/** Lanes: equal keys one at a time and in order, different keys side by side. */
export const order: readonly Scenario[] = [
  {
    name: 'handles 1,000 messages over 16 keys in the order of each key',
    async play(stage) {
      const messages = stage.sizes(1_000, 160);
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const seen = new Map<string, number[]>();
      const running = new Set<string>();
      let overlaps = 0;
      const reader = worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
        on(Sent, async ({ data: { key, n } }) => {
          if (running.has(key)) overlaps++;
          running.add(key);
          await delay(n % 3);
          seen.set(key, [...(seen.get(key) ?? []), n]);
          running.delete(key);
        }),
      ]);
      const client = await stage.start(Stream);
      await client.publish(items(subject, messages, 16));
      await client.start(reader);
      const total = () => [...seen.values()].reduce((sum, { length }) => sum + length, 0);
      await until(
        () => total() === messages,
        DEADLINE_MS,
        () => `all, not ${total()}`,
      );
      expect(seen.size).toBe(16);
      for (const numbers of seen.values())
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(overlaps).toBe(0);
    },
  },
  {
    name: 'handles different keys side by side while one is slow',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      let finish = () => {};
      const slow = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const reader = worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
        on(Sent, async ({ data: { key, n } }) => {
          if (key === 'slow') await slow;
          seen.push(`${key}${n}`);
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish([
        Sent({ key: 'slow', n: 1 }),
        Sent({ key: 'slow', n: 2 }),
        Sent({ key: 'fast', n: 3 }),
        Sent({ key: 'fast', n: 4 }),
      ]);
      await until(() => seen.length === 2, DEADLINE_MS, 'both fast ones');
      finish();
      await until(() => seen.length === 4, DEADLINE_MS, 'all four');
      expect(seen).toEqual(['fast3', 'fast4', 'slow1', 'slow2']);
    },
  },
  {
    name: 'holds the lane of a message that is retried, and only that lane',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      const retry = { attempts: 5, minDelay: '20ms', maxDelay: '40ms' } as const;
      const reader = worker(durable('reader'), { from: Stream, orderBy: 'key', retry }, [
        on(Sent, ({ data: { key, n }, attempt, params, headers, time }) => {
          seen.push(`${key}${n}#${attempt}`);
          expect([params.key, headers['ce-type'], time.getTime() > 0]).toEqual([
            key,
            Sent.type,
            true,
          ]);
          if (n === 1 && attempt < 4) throw new Error('not yet');
        }),
      ]);
      const client = await stage.start(Stream);
      await client.publish([
        Sent({ key: 'bad', n: 1 }),
        Sent({ key: 'bad', n: 2 }),
        Sent({ key: 'bad', n: 3 }),
        Sent({ key: 'good', n: 4 }),
      ]);
      await client.start(reader);
      await until(
        () => seen.length >= 7,
        DEADLINE_MS,
        () => `seven calls, not ${seen}`,
      );
      expect(seen.filter((one) => one.startsWith('bad'))).toEqual([
        'bad1#1',
        'bad1#2',
        'bad1#3',
        'bad1#4',
        'bad2#1',
        'bad3#1',
      ]);
      expect(seen.indexOf('good4#1')).toBeLessThan(seen.indexOf('bad1#4'));
    },
  },
  {
    name: 'moves the lane on when a message is dead-lettered',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: number[] = [];
      const reader = worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
        on(Sent, ({ data: { n } }, { reject }) => {
          if (n === 1) reject('never');
          seen.push(n);
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish([1, 2, 3].map((n) => Sent({ key: 'k', n })));
      await until(() => seen.length === 2, DEADLINE_MS, 'the other two');
      expect(seen).toEqual([2, 3]);
      expect(await stage.buried(durable('reader'), 1)).toHaveLength(1);
    },
  },
  {
    name: "lets later messages of the lane pass while one awaits its retry, with onFailure 'skip'",
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      const options = {
        from: Stream,
        orderBy: 'key',
        onFailure: 'skip',
        retry: { attempts: 2 },
      } as const;
      const reader = worker(durable('reader'), options, [
        on(Sent, ({ data: { n }, attempt }, { retry }) => {
          seen.push(`${n}#${attempt}`);
          if (n === 1 && attempt === 1) retry('500ms');
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish([1, 2, 3].map((n) => Sent({ key: 'k', n })));
      await until(
        () => seen.length === 4,
        DEADLINE_MS,
        () => `four calls, not ${seen}`,
      );
      expect(seen).toEqual(['1#1', '2#1', '3#1', '1#2']);
    },
  },
];
