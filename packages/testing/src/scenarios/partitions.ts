import { setTimeout as delay } from 'node:timers/promises';
import { on, stream, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { items } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

/** A topic whose stream has partitions by its key. */
function partitionedTopic() {
  const subject = topic();
  const { Sent, Derived, prefix } = subject;
  const Stream = stream(subject.Stream.name, {
    subjects: [`${prefix}.>` as const],
    messages: [Sent, Derived],
    partitions: { by: 'key', count: 4 },
  });
  return { ...subject, Stream };
}

/** Partitioned workers: lanes over all processes. */
export const partitions: readonly Scenario[] = [
  {
    name: 'handles every message of partitions once, in the order of each key, over all clients',
    async play(stage) {
      const messages = stage.sizes(1_000, 160);
      const subject = partitionedTopic();
      const { Stream, Sent, durable } = subject;
      const seen = new Map<string, number[]>();
      const running = new Set<string>();
      let overlaps = 0;
      const reader = worker(durable('shared'), { from: Stream, partitioned: true }, [
        on(Sent, async ({ data: { key, n } }) => {
          if (running.has(key)) overlaps++;
          running.add(key);
          await delay(n % 3);
          seen.set(key, [...(seen.get(key) ?? []), n]);
          running.delete(key);
        }),
      ]);
      const [client] = await stage.startMany(3, reader);
      await client?.publish(items(subject, messages, 16));
      const total = () => [...seen.values()].reduce((sum, { length }) => sum + length, 0);
      await until(
        () => total() === messages,
        DEADLINE_MS,
        () => `all, not ${total()}`,
      );
      for (const numbers of seen.values())
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(overlaps).toBe(0);
    },
  },
  {
    name: 'tries a message of a partition again while its key waits, and other keys pass',
    async play(stage) {
      const { Stream, Sent, durable } = partitionedTopic();
      const seen: string[] = [];
      let failures = 2;
      const options = { from: Stream, partitioned: true, retry: { minDelay: '20ms' } } as const;
      const reader = worker(durable('shared'), options, [
        on(Sent, ({ data: { key, n }, attempt }) => {
          if (key === 'a' && n === 1 && failures-- > 0) throw new Error('not yet');
          seen.push(`${key}${n}@${attempt}`);
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish([
        Sent({ key: 'a', n: 1 }),
        Sent({ key: 'a', n: 2 }),
        Sent({ key: 'b', n: 1 }),
      ]);
      await until(
        () => seen.length === 3,
        DEADLINE_MS,
        () => `three, not ${seen.join(' ')}`,
      );
      expect(seen.filter((one) => one.startsWith('a'))).toEqual(['a1@3', 'a2@1']);
    },
  },
  {
    name: 'lets later messages of a key pass one that failed, where a partitioned worker skips',
    async play(stage) {
      const { Stream, Sent, durable } = partitionedTopic();
      const seen: number[] = [];
      let failures = 1;
      const options = {
        from: Stream,
        partitioned: true,
        onFailure: 'skip',
        retry: { minDelay: '200ms' },
      } as const;
      const reader = worker(durable('shared'), options, [
        on(Sent, ({ data: { n } }) => {
          if (n === 1 && failures-- > 0) throw new Error('not yet');
          seen.push(n);
        }),
      ]);
      const client = await stage.start(reader);
      await client.publish([1, 2, 3].map((n) => Sent({ key: 'a', n })));
      await until(
        () => seen.length === 3,
        DEADLINE_MS,
        () => `three, not ${seen.join(' ')}`,
      );
      expect([...seen].sort()).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'buries what a partitioned worker gives up on, with its position in the stream',
    async play(stage) {
      const { Stream, Sent, durable } = partitionedTopic();
      const name = durable('shared');
      const reader = worker(name, { from: Stream, partitioned: true }, [
        on(Sent, ({ data: { n } }, { reject }) => {
          if (n === 2) reject('never');
        }),
      ]);
      const client = await stage.start(reader);
      const acks = await client.publish([1, 2, 3].map((n) => Sent({ key: 'a', n })));
      const [letter] = await stage.buried(name, 1);
      expect(letter?.headers).toMatchObject({
        'jl-stream': Stream.name,
        'jl-seq': String(acks[1]?.seq),
        'jl-durable': name,
      });
    },
  },
];
