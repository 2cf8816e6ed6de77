import { event, type Message, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { itemSchema, topic } from '../topic.ts';
import { until } from '../until.ts';

/** What handlers return is stored before their message is settled, and once. */
export const results: readonly Scenario[] = [
  {
    name: 'publishes what a handler returns, in order, with the cause in its headers',
    async play(stage) {
      const { Stream, Sent, Derived, durable } = topic();
      const seen: Message[] = [];
      const client = await stage.start(
        worker(durable('maker'), { from: Stream }, [
          on(Sent, ({ data: { key } }) => [Derived({ key, n: 1 }), Derived({ key, n: 2 })]),
        ]),
        worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
          on(Derived, (message) => void seen.push(message)),
        ]),
      );
      const sent = Sent({ key: 'k', n: 0 });
      await client.publish(sent);
      await until(() => seen.length === 2, DEADLINE_MS, 'both results');
      expect(seen.map(({ data }) => data.n)).toEqual([1, 2]);
      for (const { headers } of seen) {
        expect(headers['ce-causationid']).toBe(sent.id);
        expect(headers['ce-correlationid']).toBe(sent.id);
      }
    },
  },
  {
    name: 'stores a result once although its message is handled again',
    async play(stage) {
      const { Stream, Sent, Derived, prefix, durable } = topic();
      // Nobody stores this one, so the first attempt fails after its first result is stored.
      const Nowhere = event('Nowhere', {
        subject: `no-${prefix}.{key}` as 'nowhere.{key}',
        schema: itemSchema,
      });
      const seen: string[] = [];
      let attempts = 0;
      const retry = { attempts: 5, minDelay: '5ms', maxDelay: '20ms' } as const;
      const client = await stage.start(
        worker(durable('maker'), { from: Stream, retry }, [
          on(Sent, ({ data: { key }, attempt }) => {
            attempts = attempt;
            const result = Derived({ key, n: attempt });
            if (key === 'last') return result;
            return attempt < 3 ? [result, Nowhere({ key, n: 0 })] : [result];
          }),
        ]),
        worker(durable('reader'), { from: Stream, orderBy: () => 'all' }, [
          on(Derived, ({ data: { key, n } }) => void seen.push(`${key} of attempt ${n}`)),
        ]),
      );
      await client.publish(Sent({ key: 'first', n: 0 }));
      await until(
        () => attempts === 3,
        DEADLINE_MS,
        () => `three attempts, not ${attempts}`,
      );
      await client.publish(Sent({ key: 'last', n: 0 }));
      await until(() => seen.includes('last of attempt 1'), DEADLINE_MS, 'the last result');
      expect(seen).toEqual(['first of attempt 1', 'last of attempt 1']);
      expect(await stage.buried(durable('maker'))).toEqual([]);
    },
  },
  {
    name: 'keeps the id that a result was given',
    async play(stage) {
      const { Stream, Sent, Derived, durable } = topic();
      const seen: string[] = [];
      const client = await stage.start(
        worker(durable('maker'), { from: Stream }, [
          on(Sent, ({ data }) => Derived(data, { id: `for-${data.n}` })),
        ]),
        worker(durable('reader'), { from: Stream }, [on(Derived, ({ id }) => void seen.push(id))]),
      );
      await client.publish(Sent({ key: 'k', n: 4 }));
      await until(() => seen.length === 1, DEADLINE_MS, 'the result');
      expect(seen).toEqual(['for-4']);
    },
  },
  {
    name: 'stores nothing of a result that breaks its schema, and dead-letters the message',
    async play(stage) {
      const { Stream, Sent, Derived, durable } = topic();
      const seen: number[] = [];
      const client = await stage.start(
        worker(durable('maker'), { from: Stream, retry: { attempts: 1 } }, [
          on(Sent, ({ data: { key, n } }) =>
            n === 1
              ? [Derived({ key, n }), Derived({ key, n: 'two' as unknown as number })]
              : [Derived({ key, n })],
          ),
        ]),
        worker(durable('reader'), { from: Stream }, [
          on(Derived, ({ data }) => void seen.push(data.n)),
        ]),
      );
      await client.publish([1, 2].map((n) => Sent({ key: 'k', n })));
      const [letter] = await stage.buried(durable('maker'), 1);
      expect(letter?.headers['jl-error-code']).toBe('VALIDATION_FAILED');
      await until(() => seen.length > 0, DEADLINE_MS, 'the good one');
      expect(seen).toEqual([2]);
    },
  },
];
