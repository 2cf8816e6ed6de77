import { on, onBatch, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { items } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

/** Messages handled together. */
export const batching: readonly Scenario[] = [
  {
    name: 'hands over full batches, and the rest after a while',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const sizes: number[] = [];
      const client = await stage.start(Stream);
      await client.publish(items(subject, 25));
      await client.start(
        worker(durable('reader'), { from: Stream }, [
          onBatch(Sent, { size: 10, within: '300ms' }, (batch) => void sizes.push(batch.length)),
        ]),
      );
      const total = () => sizes.reduce((sum, size) => sum + size, 0);
      await until(
        () => total() === 25,
        DEADLINE_MS,
        () => `all 25, not ${total()}`,
      );
      expect(sizes).toContain(10);
      expect(Math.max(...sizes)).toBe(10);
    },
  },
  {
    name: 'handles the messages of a failing batch one by one, and buries the bad one alone',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, durable } = subject;
      const done: number[] = [];
      const alone: number[] = [];
      const retry = { attempts: 2, minDelay: '5ms', maxDelay: '20ms' } as const;
      const client = await stage.start(Stream);
      await client.publish(items(subject, 5));
      await client.start(
        worker(durable('reader'), { from: Stream, retry }, [
          onBatch(Sent, { size: 5, within: '200ms' }, (batch) => {
            if (batch.some(({ data }) => data.n === 3)) throw new Error('three is bad');
            if (batch.length === 1) alone.push(batch[0]?.data.n as number);
            done.push(...batch.map(({ data }) => data.n));
          }),
        ]),
      );
      const [letter] = await stage.buried(durable('reader'), 1);
      expect(letter?.headers).toMatchObject({ 'jl-seq': '4', 'jl-error': 'three is bad' });
      await until(
        () => done.length === 4,
        DEADLINE_MS,
        () => `four, not ${done}`,
      );
      expect(done.toSorted()).toEqual([0, 1, 2, 4]);
      expect(alone.length).toBeGreaterThan(0);
      expect(await stage.buried(durable('reader'))).toHaveLength(1);
    },
  },
  {
    name: 'publishes what a batch handler returns',
    async play(stage) {
      const subject = topic();
      const { Stream, Sent, Derived, durable } = subject;
      let sum = 0;
      const client = await stage.start(
        worker(durable('maker'), { from: Stream }, [
          onBatch(Sent, { size: 4, within: '100ms' }, (batch) =>
            batch.map(({ data }) => Derived(data, { id: `sum-${data.n}` })),
          ),
        ]),
        worker(durable('reader'), { from: Stream }, [
          on(Derived, ({ data }) => {
            sum += data.n;
          }),
        ]),
      );
      await client.publish(items(subject, 10));
      await until(
        () => sum === 45,
        DEADLINE_MS,
        () => `45, not ${sum}`,
      );
    },
  },
];
