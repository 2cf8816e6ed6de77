import { setTimeout as delay } from 'node:timers/promises';
import { event, type Message, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { itemSchema, topic } from '../topic.ts';
import { until } from '../until.ts';

/** Which messages a worker gets, and in what form. */
export const reading: readonly Scenario[] = [
  {
    name: 'begins at the first message, at the next one, or at a time',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const client = await stage.start(Stream);
      await client.publish(Sent({ key: 'k', n: 1 }));
      await delay(30);
      const since = new Date();
      await delay(30);
      await client.publish(Sent({ key: 'k', n: 2 }));
      const seen: Record<string, number[]> = { first: [], date: [], new: [] };
      const reader = (name: string, startAt: 'first' | 'new' | Date) =>
        worker(durable(name), { from: Stream, startAt, orderBy: 'key' }, [
          on(Sent, ({ data }) => void seen[name]?.push(data.n)),
        ]);
      await client.start(reader('first', 'first'), reader('date', since), reader('new', 'new'));
      await client.publish(Sent({ key: 'k', n: 3 }));
      await until(
        () => Object.values(seen).every((numbers) => numbers.at(-1) === 3),
        DEADLINE_MS,
        'the last one everywhere',
      );
      expect(seen).toEqual({ first: [1, 2, 3], date: [2, 3], new: [3] });
    },
  },
  {
    name: 'filters by the values of a token, and by pattern',
    async play(stage) {
      const { Stream, Sent, Derived, prefix, durable } = topic();
      const seen: Record<string, string[]> = { values: [], pattern: [], handled: [] };
      const note = (name: string) => (message: Message) => {
        seen[name]?.push(message.subject.slice(prefix.length + 1));
      };
      const client = await stage.start(
        worker(
          durable('values'),
          { from: Stream, filter: { key: ['a', 'b'] }, orderBy: () => '' },
          [on(Sent, note('values'))],
        ),
        worker(durable('pattern'), { from: Stream, filter: `${prefix}.>`, orderBy: () => '' }, [
          on([Sent, Derived], note('pattern')),
        ]),
        worker(durable('handled'), { from: Stream, orderBy: () => '' }, [
          on(Derived, note('handled')),
        ]),
      );
      for (const key of ['a', 'b', 'c']) await client.publish(Sent({ key, n: 1 }));
      await client.publish(Derived({ key: 'a', n: 2 }));
      await until(
        () => Object.values(seen).flat().length >= 7,
        DEADLINE_MS,
        () => `seven in all, not ${JSON.stringify(seen)}`,
      );
      expect(seen).toEqual({
        values: ['sent.a', 'sent.b'],
        pattern: ['sent.a', 'sent.b', 'sent.c', 'derived.a'],
        handled: ['derived.a'],
      });
    },
  },
  {
    name: 'brings old versions up to date',
    async play(stage) {
      const { Stream, Sent, prefix, durable } = topic();
      const First = event(Sent.type, { subject: `${prefix}.sent.{key}`, schema: itemSchema });
      const Second = event(Sent.type, {
        subject: `${prefix}.sent.{key}`,
        schema: itemSchema,
      }).upcast(itemSchema, ({ key, n }) => ({ key, n: n * 100 }));
      const seen: number[] = [];
      const newer = Stream.messages.map((one) => (one.type === Sent.type ? Second : one));
      const Newer = { ...Stream, messages: newer } as unknown as typeof Stream;
      const client = await stage.start(Stream);
      await client.publish([First({ key: 'k', n: 1 }), Second({ key: 'k', n: 2 })]);
      await client.start(
        worker(durable('reader'), { from: Newer, orderBy: 'key' }, [
          on(Second as unknown as typeof Sent, ({ data }) => void seen.push(data.n)),
        ]),
      );
      await until(() => seen.length === 2, DEADLINE_MS, 'both');
      expect(seen).toEqual([100, 2]);
    },
  },
  {
    name: 'reads JSON of a publisher that knows nothing of Jetlane',
    async play(stage) {
      const { Stream, Sent, prefix, durable } = topic();
      const seen: Message[] = [];
      await stage.start(
        worker(durable('reader'), { from: Stream }, [
          on(Sent, (message) => void seen.push(message)),
        ]),
      );
      const payload = new TextEncoder().encode('{"key":"k","n":5}');
      await stage.world.inject(`${prefix}.sent.k`, payload, {});
      await until(() => seen.length === 1, DEADLINE_MS, 'the message');
      expect(seen[0]).toMatchObject({ type: Sent.type, data: { key: 'k', n: 5 }, seq: 1 });
      expect(seen[0]?.id).toBe(`${prefix}.sent.k:1`);
    },
  },
  {
    name: 'goes on where a durable stopped when the same worker starts again',
    needs: 'several clients',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: number[] = [];
      const reader = worker(durable('reader'), { from: Stream, orderBy: 'key' }, [
        on(Sent, ({ data }) => void seen.push(data.n)),
      ]);
      const first = await stage.start(reader);
      await first.publish(Sent({ key: 'k', n: 1 }));
      await until(() => seen.length === 1, DEADLINE_MS, 'the first');
      await first.close();
      const second = await stage.start(Stream);
      await second.publish(Sent({ key: 'k', n: 2 }));
      await second.start(reader);
      await until(() => seen.length === 2, DEADLINE_MS, 'the second');
      expect(seen).toEqual([1, 2]);
    },
  },
];
