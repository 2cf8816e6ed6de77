import {
  type Client,
  type DeadLetter,
  event,
  json,
  kv,
  kvInbox,
  type Message,
  on,
  onBatch,
  worker,
} from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { type Item, itemSchema, topic } from '../topic.ts';
import { until } from '../until.ts';

/** With an inbox each message takes effect once, together with its results or not at all. */
export const inboxes: readonly Scenario[] = [
  {
    name: 'counts every message once in one key that all handlers want',
    async play(stage) {
      const { Stream, Sent, id, durable } = topic();
      const client = await stage.start(
        worker(durable('counter'), { from: Stream, inbox: kvInbox(`i-${id}`), concurrency: 8 }, [
          on(Sent, async (_, { tx }) => {
            tx.put('total', ((await tx.get<number>('total')) ?? 0) + 1);
          }),
        ]),
      );
      const count = stage.sizes(100, 12);
      await client.publish(Array.from({ length: count }, (_, n) => Sent({ key: 'k', n })));
      await totalOf(client, id, count);
    },
  },
  {
    name: 'knows a replay of a message without an id: what it did is not done again',
    async play(stage) {
      const { Stream, Sent, id, prefix, durable } = topic();
      const Nowhere = event(`Nowhere${id}`, {
        subject: `nowhere-${id}.{key}`,
        schema: itemSchema,
      });
      let calls = 0;
      const name = durable('maker');
      const client = await stage.start(
        worker(name, { from: Stream, inbox: kvInbox(`i-${id}`), retry: { attempts: 1 } }, [
          on(Sent, async (_, { tx }) => {
            calls++;
            tx.put('total', ((await tx.get<number>('total')) ?? 0) + 1);
            return Nowhere({ key: 'k', n: 0 });
          }),
        ]),
      );
      const payload = json.encode({ key: 'k', n: 0 } satisfies Item);
      const headers = { 'ce-datacontenttype': json.contentType };
      await stage.world.inject(`${prefix}.sent.k`, payload, headers);
      for (let replays = 0; replays < 3; replays++) {
        let letters: DeadLetter[] = [];
        const isBuried = async () => {
          letters = [];
          for await (const letter of client.deadLetters.list({ worker: name }))
            letters.push(letter);
          return letters.length > 0;
        };
        await until(isBuried, DEADLINE_MS, () => `the dead letter of replay ${replays}`);
        expect(letters).toMatchObject([{ errorCode: 'NO_STREAM', replays }]);
        if (replays < 2) await client.deadLetters.replay({ worker: name });
      }
      expect(calls).toBe(1);
      await totalOf(client, id, 1);
    },
  },
  {
    name: 'does not call the handler for a message that was handled, and publishes its results again',
    async play(stage) {
      const { Stream, Sent, Derived, id, prefix, durable } = topic();
      let calls = 0;
      const seen: Message[] = [];
      const client = await stage.start(
        worker(
          durable('maker'),
          { from: Stream, inbox: kvInbox(`i-${id}`), orderBy: () => 'all' },
          [
            on(Sent, async ({ data }, { tx }) => {
              calls++;
              tx.put('total', ((await tx.get<number>('total')) ?? 0) + 1);
              return [Derived({ ...data, n: calls }), Derived({ key: 'second', n: calls })];
            }),
          ],
        ),
        worker(durable('reader'), { from: Stream, orderBy: () => 'all' }, [
          on(Derived, (message) => void seen.push(message)),
        ]),
      );
      const payload = json.encode({ key: 'k', n: 0 } satisfies Item);
      const headers = { 'ce-id': `m-${id}`, 'ce-datacontenttype': json.contentType };
      for (let times = 0; times < 3; times++)
        await stage.world.inject(`${prefix}.sent.k`, payload, headers);
      await client.publish(Sent({ key: 'last', n: 0 }));
      await until(
        () => seen.some(({ data }) => data.key === 'last'),
        DEADLINE_MS,
        'the result of the last message',
      );
      expect(calls).toBe(2);
      expect(seen.filter(({ data }) => data.n === 1).map(({ data }) => data.key)).toEqual([
        'k',
        'second',
      ]);
      await totalOf(client, id, 2);
    },
  },
  {
    name: 'stores nothing of an attempt that failed, and everything of the one that did not',
    async play(stage) {
      const { Stream, Sent, id, durable } = topic();
      const reads: unknown[] = [];
      const retry = { attempts: 3, minDelay: '1ms', maxDelay: '5ms' } as const;
      const client = await stage.start(
        worker(durable('shaky'), { from: Stream, inbox: kvInbox(`i-${id}`), retry }, [
          on(Sent, async ({ attempt }, { tx }) => {
            tx.put('first', attempt);
            tx.put('gone', attempt);
            tx.delete('gone');
            reads.push(await tx.get('first'), await tx.get('gone'), await tx.get('second'));
            if (attempt < 3) throw new Error('not yet');
            tx.put('second', attempt);
          }),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 0 }));
      const store = client.kv(kv(`i-${id}`, { schema: anything }));
      await until(async () => (await store.get('second')) === 3, DEADLINE_MS, 'the third attempt');
      expect(await store.get('first')).toBe(3);
      expect(await store.get('gone')).toBeUndefined();
      expect(reads).toEqual([
        1,
        undefined,
        undefined,
        2,
        undefined,
        undefined,
        3,
        undefined,
        undefined,
      ]);
    },
  },
  {
    name: 'gives a batch only the messages that are new, and keeps workers of one inbox apart',
    async play(stage) {
      const { Stream, Sent, id, prefix, durable } = topic();
      const inbox = kvInbox(`i-${id}`);
      const handled: string[] = [];
      const batch = { size: 4, within: '50ms' } as const;
      const client = await stage.start(
        worker(durable('batches'), { from: Stream, inbox, concurrency: 1 }, [
          onBatch(Sent, batch, async (messages, { tx }) => {
            for (const message of messages) handled.push(message.id);
            tx.put('total', ((await tx.get<number>('total')) ?? 0) + messages.length);
          }),
        ]),
        worker(durable('singles'), { from: Stream, inbox }, [
          on(Sent, async ({ data }, { tx }) => void tx.put(`single.${data.n}`, data.n)),
        ]),
      );
      const count = stage.sizes(60, 12);
      for (const times of [1, 2])
        for (let n = 0; n < count; n++)
          await stage.world.inject(
            `${prefix}.sent.k`,
            json.encode({ key: 'k', n, text: `${times}` }),
            {
              'ce-id': `m-${id}-${n}`,
              'ce-datacontenttype': json.contentType,
            },
          );
      await client.publish(Sent({ key: 'k', n: count }));
      await totalOf(client, id, count + 1);
      expect(new Set(handled).size).toBe(count + 1);
      const store = client.kv(kv(`i-${id}`, { schema: anything }));
      for (let n = 0; n <= count; n++)
        await until(
          async () => (await store.get(`single.${n}`)) === n,
          DEADLINE_MS,
          `the single worker to handle ${n}`,
        );
    },
  },
  {
    name: 'forgets a message when keepFor is over',
    async play(stage) {
      const { Stream, Sent, id, prefix, durable } = topic();
      const inbox = kvInbox(`i-${id}`, { keepFor: '2s' });
      const limits = {
        timeout: '100ms',
        ackWait: '500ms',
        retry: { attempts: 1, maxDelay: '200ms' },
      } as const;
      const client = await stage.start(
        worker(durable('counter'), { from: Stream, inbox, ...limits }, [
          on(Sent, async (_, { tx }) => {
            tx.put('total', ((await tx.get<number>('total')) ?? 0) + 1);
          }),
        ]),
      );
      const payload = json.encode({ key: 'k', n: 0 } satisfies Item);
      const headers = { 'ce-id': `m-${id}`, 'ce-datacontenttype': json.contentType };
      const again = () => stage.world.inject(`${prefix}.sent.k`, payload, headers);
      const store = client.kv(kv(`i-${id}`, { schema: anything }));
      // More where a slow machine looks so seldom that it is forgotten twice; and its only attempt may time out there.
      const handled = (times: number) => async () => {
        await again();
        return Number((await store.get('total')) ?? 0) >= times;
      };
      await until(handled(1), DEADLINE_MS, 'the message to be handled');
      await until(handled(2), DEADLINE_MS, 'the message to be handled anew');
    },
  },
  {
    name: 'publishes results that are too large for one record',
    async play(stage) {
      const { Stream, Sent, Derived, id, durable } = topic();
      const text = 'x'.repeat(400_000);
      const lengths: number[] = [];
      const client = await stage.start(
        worker(durable('maker'), { from: Stream, inbox: kvInbox(`i-${id}`) }, [
          on(Sent, ({ data: { key } }) => [0, 1, 2, 3, 4].map((n) => Derived({ key, n, text }))),
        ]),
        worker(durable('reader'), { from: Stream }, [
          on(Derived, ({ data }) => void lengths.push(data.text?.length ?? 0)),
        ]),
      );
      await client.publish(Sent({ key: 'k', n: 0 }));
      await until(
        () => lengths.length === 5,
        DEADLINE_MS,
        () => `5 results, not ${lengths.length}`,
      );
      expect(lengths).toEqual([1, 2, 3, 4, 5].map(() => text.length));
    },
  },
];

async function totalOf(client: Client, id: string, count: number): Promise<void> {
  const store = client.kv(kv(`i-${id}`, { schema: anything }));
  let total: unknown;
  await until(
    async () => {
      total = await store.get('total');
      return total === count;
    },
    DEADLINE_MS,
    () => `a total of ${count}, not ${total}`,
  );
}

/** Accepts every value. */
const anything = {
  '~standard': {
    version: 1 as const,
    vendor: 'jetlane',
    validate: (value: unknown) => ({ value }),
    types: undefined as { readonly input: unknown; readonly output: unknown } | undefined,
  },
};
