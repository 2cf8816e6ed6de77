import { type Message, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { Ledger } from '../ledger/ledger.ts';
import { items, send } from '../send.ts';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { type Topic, topic } from '../topic.ts';
import { until } from '../until.ts';

/** What is published arrives, everywhere that it should and nowhere else. */
export const delivery: readonly Scenario[] = [
  {
    name: 'delivers 100 messages published before, with their data, headers and parameters',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const client = await stage.start(Stream);
      const sent = Array.from({ length: 100 }, (_, n) =>
        Sent({ key: `k${n}`, n }, { headers: { 'x-test': `value ${n}` } }),
      );
      await client.publish(sent);
      const seen = new Map<string, Message>();
      await client.start(
        worker(durable('reader'), { from: Stream }, [
          on(Sent, (message) => void seen.set(message.id, message)),
        ]),
      );
      await until(() => seen.size === sent.length, DEADLINE_MS, 'all 100');
      for (const { id, data } of sent) {
        const message = seen.get(id);
        expect(message?.data).toEqual(data);
        const { key, n } = data as { key: string; n: number };
        expect(message?.params).toEqual({ key });
        expect(message?.headers['x-test']).toBe(`value ${n}`);
        expect(message?.attempt).toBe(1);
        expect(message?.time).toBeInstanceOf(Date);
      }
      await client.close();
      expect(seen.size).toBe(sent.length);
    },
  },
  {
    name: 'shares 5,000 messages among 50 subscribers, each delivered once',
    async play(stage) {
      const { messages, subscribers } = stage.sizes(
        { messages: 5_000, subscribers: 50 },
        { messages: 100, subscribers: 10 },
      );
      const subject = topic();
      const ledger = new Ledger();
      const client = await stage.start(subject.Stream);
      await send(client, items(subject, messages), { publishers: 50, ledger });
      await stage.startMany(subscribers, recorder(subject, ledger));
      await allDelivered(ledger);
      expect(ledger.duplicates()).toEqual([]);
    },
  },
  {
    name: 'delivers 20 messages on each of 100 subjects to the worker of that subject',
    async play(stage) {
      const { subjects, each } = stage.sizes(
        { subjects: 100, each: 20 },
        { subjects: 10, each: 5 },
      );
      const { Stream, Sent, durable } = topic();
      const client = await stage.start(Stream);
      const seen = new Map<string, Set<string>>();
      const readers = Array.from({ length: subjects }, (_, index) => {
        const key = `k${index}`;
        const mine = new Set<string>();
        seen.set(key, mine);
        return worker(durable(key), { from: Stream, filter: { key } }, [
          on(Sent, ({ data }) => void mine.add(`${data.key}:${data.n}`)),
        ]);
      });
      await client.publish(
        Array.from({ length: subjects * each }, (_, n) => Sent({ key: `k${n % subjects}`, n })),
      );
      await client.start(...readers);
      const total = () => [...seen.values()].reduce((sum, { size }) => sum + size, 0);
      await until(
        () => total() === subjects * each,
        DEADLINE_MS,
        () => `all, not ${total()}`,
      );
      for (const [key, mine] of seen) {
        expect(mine.size).toBe(each);
        expect([...mine].every((one) => one.startsWith(`${key}:`))).toBe(true);
      }
    },
  },
  {
    name: 'keeps streams apart',
    async play(stage) {
      const [one, other] = [topic(), topic()];
      const seen: string[] = [];
      const reader = ({ Stream, Sent, durable }: Topic, name: string) =>
        worker(durable('reader'), { from: Stream }, [
          on(Sent, ({ id }) => void seen.push(`${name}:${id}`)),
        ]);
      const client = await stage.start(reader(one, 'one'), reader(other, 'other'));
      const [first, second] = [one.Sent({ key: 'k', n: 1 }), other.Sent({ key: 'k', n: 2 })];
      await client.publish(first);
      await client.publish(second);
      await until(() => seen.length >= 2, DEADLINE_MS, 'both');
      expect(seen.sort()).toEqual([`one:${first.id}`, `other:${second.id}`]);
    },
  },
  {
    name: 'delivers all of 10,000 messages of 20 publishers that publish while a worker reads',
    async play(stage) {
      const messages = stage.sizes(10_000, 200);
      const subject = topic();
      const ledger = new Ledger();
      const client = await stage.start(recorder(subject, ledger));
      await send(client, items(subject, messages), { publishers: 20, ledger });
      await allDelivered(ledger);
      expect(ledger.duplicates()).toEqual([]);
      expect(ledger.strangers()).toEqual([]);
    },
  },
  {
    name: 'gives a new worker the old messages, and every worker the new ones',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const client = await stage.start(Stream);
      const readers: Set<string>[] = [];
      await client.publish(Sent({ key: 'k', n: 0 }));
      for (const n of [1, 2, 3]) {
        await client.publish(Sent({ key: 'k', n }));
        const mine = new Set<string>();
        readers.push(mine);
        await client.start(
          worker(durable(`reader-${n}`), { from: Stream }, [
            on(Sent, ({ id }) => void mine.add(id)),
          ]),
        );
        await until(
          () => readers.every(({ size }) => size === n + 1),
          DEADLINE_MS,
          `${n + 1} each`,
        );
      }
    },
  },
];

/** A worker that records what it gets. */
function recorder({ Stream, Sent, durable }: Topic, ledger: Ledger) {
  return worker(durable('recorder'), { from: Stream }, [
    on(Sent, ({ id }) => ledger.delivered(id)),
  ]);
}

async function allDelivered(ledger: Ledger): Promise<void> {
  await until(
    () => ledger.lost().length === 0,
    DEADLINE_MS,
    () => `all delivered, not ${ledger.counts.delivered} of ${ledger.counts.acked}`,
  );
}
