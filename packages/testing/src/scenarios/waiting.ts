import { type Message, on, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { topic } from '../topic.ts';
import { until } from '../until.ts';

/** Longer than what a worker lets wait in a slot of its own. */
const LONG = '2100ms';

/** What waits in the stream: retries that come late, and messages that are due later. */
export const waiting: readonly Scenario[] = [
  {
    name: 'lets healthy messages pass while many poisons await a late retry',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const [poisons, healthy] = stage.sizes([200, 500], [60, 100]);
      const seen = new Set<number>();
      const options = { from: Stream, maxAckPending: 50, concurrency: 10 };
      const reader = worker(durable('reader'), options, [
        on(Sent, ({ data: { key, n } }, { retry }) => {
          if (key === 'poison') retry('1h');
          seen.add(n);
        }),
      ]);
      const client = await stage.start(Stream);
      await client.publish(Array.from({ length: poisons }, (_, n) => Sent({ key: 'poison', n })));
      await client.publish(Array.from({ length: healthy }, (_, n) => Sent({ key: 'k', n })));
      await client.start(reader);
      await until(
        () => seen.size === healthy,
        DEADLINE_MS,
        () => `${healthy} healthy ones, not ${seen.size}`,
      );
      const own = client.workers.find(({ name }) => name === durable('reader'));
      await until(
        async () => (await own?.state())?.ackPending === 0,
        DEADLINE_MS,
        'no slot to be held',
      );
      expect((await own?.state())?.lag).toBe(0);
    },
  },
  {
    name: 'lets a lane pass while its message awaits a late retry, or holds it, as the worker says',
    async play(stage) {
      for (const onFailure of ['skip', 'hold'] as const) {
        const { Stream, Sent, durable } = topic();
        const seen: string[] = [];
        const options = { from: Stream, orderBy: 'key', onFailure } as const;
        const reader = worker(durable('reader'), options, [
          on(Sent, ({ data: { n }, attempt }, { retry }) => {
            seen.push(`${n}#${attempt}`);
            if (n === 1 && attempt === 1) retry(LONG);
          }),
        ]);
        const client = await stage.start(reader);
        await client.publish([1, 2, 3].map((n) => Sent({ key: 'k', n })));
        await until(
          () => seen.length === 4,
          DEADLINE_MS,
          () => `four calls with ${onFailure}, not ${seen}`,
        );
        expect(seen).toEqual(
          onFailure === 'skip' ? ['1#1', '2#1', '3#1', '1#2'] : ['1#1', '1#2', '2#1', '3#1'],
        );
      }
    },
  },
  {
    name: 'brings the same message back from a late retry, to the worker that asked and no other',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const calm: Message[] = [];
      const seen: Message[] = [];
      const other = worker(durable('calm'), { from: Stream }, [
        on(Sent, (message) => void calm.push(message)),
      ]);
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, (message, { retry }) => {
          seen.push(message);
          if (message.attempt < 3) retry(LONG);
        }),
      ]);
      const client = await stage.start(other, reader);
      await client.publish(Sent({ key: 'k', n: 1 }, { headers: { tenant: 'a' }, ttl: '1h' }));
      await until(() => seen.length === 3, DEADLINE_MS, 'three calls');
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(calm).toHaveLength(1);
      const [first, second, third] = seen;
      for (const part of ['id', 'seq', 'subject', 'data', 'params', 'headers', 'time'] as const) {
        expect(second?.[part]).toEqual(first?.[part]);
        expect(third?.[part]).toEqual(first?.[part]);
      }
    },
  },
  {
    name: 'brings back a foreign message as it was, and stores its results once',
    async play(stage) {
      const { Stream, Sent, Derived, durable, prefix } = topic();
      const seen: Message[] = [];
      const derived: string[] = [];
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, (message, { retry }) => {
          seen.push(message);
          if (message.attempt === 1) retry(LONG);
          return Derived(message.data);
        }),
        on(Derived, ({ id }) => void derived.push(id)),
      ]);
      await stage.start(reader);
      const payload = new TextEncoder().encode('{"key":"k","n":1}');
      await stage.world.inject(`${prefix}.sent.k`, payload, { 'Nats-Msg-Id': 'theirs', a: 'b' });
      await until(() => derived.length === 1, DEADLINE_MS, 'a result');
      expect(seen.map(({ id }) => id)).toEqual(['theirs', 'theirs']);
      expect(seen[1]?.headers).toEqual(seen[0]?.headers);
      expect(derived).toEqual([`theirs:${durable('reader')}:0`]);
    },
  },
  {
    name: 'buries once, as the original, what fails after late retries',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seqs: number[] = [];
      const reader = worker(durable('reader'), { from: Stream, retry: { attempts: 2 } }, [
        on(Sent, ({ seq }, { retry }) => {
          seqs.push(seq);
          retry(LONG);
        }),
      ]);
      const client = await stage.start(reader);
      const { seq } = await client.publish(Sent({ key: 'k', n: 1 }));
      const [letter] = await stage.buried(durable('reader'), 1);
      expect(seqs).toEqual([seq, seq]);
      const { headers } = letter as { headers: Record<string, string> };
      expect(headers).toMatchObject({ 'jl-seq': String(seq), 'jl-attempts': '2' });
      expect(letter?.headers['jl-subject']).toMatch(/sent\.k$/);
      expect(letter?.headers).not.toHaveProperty('jl-origin-seq');
      expect(letter?.headers).not.toHaveProperty('jl-attempt');
      expect(await stage.buried(durable('reader'))).toHaveLength(1);
    },
  },
  {
    name: 'delivers a delayed message when it is due, also one that a handler returns',
    async play(stage) {
      const { Stream, Sent, Derived, durable } = topic();
      const atMs = new Map<string, number>();
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ id, data }) => {
          atMs.set(id, Date.now());
          return Derived(data, { delay: '400ms', id: `${id}-later` });
        }),
        on(Derived, ({ id }) => void atMs.set(id, Date.now())),
      ]);
      const client = await stage.start(reader);
      const beganMs = Date.now();
      const messages = [
        Sent({ key: 'k', n: 1 }, { id: 'delayed', delay: '500ms' }),
        Sent({ key: 'k', n: 2 }, { id: 'dated', at: new Date(beganMs + 700) }),
        Sent({ key: 'k', n: 3 }, { id: 'past', at: new Date(beganMs - 1) }),
      ];
      await client.publish(messages);
      await until(
        () => atMs.size === 6,
        DEADLINE_MS,
        () => `six calls, not ${[...atMs.keys()]}`,
      );
      expect((atMs.get('delayed') as number) - beganMs).toBeGreaterThanOrEqual(500);
      expect((atMs.get('dated') as number) - beganMs).toBeGreaterThanOrEqual(700);
      const waitedMs = (atMs.get('past-later') as number) - (atMs.get('past') as number);
      expect(waitedMs).toBeGreaterThanOrEqual(400);
    },
  },
  {
    name: 'delivers once what is published twice with one id and a delay',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: number[] = [];
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ data: { n } }) => void seen.push(n)),
      ]);
      const client = await stage.start(reader);
      const first = await client.publish(Sent({ key: 'k', n: 1 }, { id: 'one', delay: '300ms' }));
      const again = await client.publish(Sent({ key: 'k', n: 1 }, { id: 'one', delay: '300ms' }));
      const now = await client.publish(Sent({ key: 'k', n: 1 }, { id: 'one' }));
      expect([first, again, now].map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
      await client.publish(Sent({ key: 'k', n: 2 }, { delay: '600ms' }));
      await until(() => seen.includes(2), DEADLINE_MS, 'the later one');
      expect(seen).toEqual([1, 2]);
    },
  },
  {
    name: 'takes a delayed message back while it waits, and says when it is too late',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ id }) => void seen.push(id)),
      ]);
      const client = await stage.start(reader);
      const taken = Sent({ key: 'k', n: 1 }, { delay: '2s' });
      await client.publish([
        taken,
        Sent({ key: 'k', n: 2 }, { id: 'named.>', delay: '2s' }),
        Sent({ key: 'k', n: 3 }, { id: 'delivered', delay: '100ms' }),
        Sent({ key: 'k', n: 4 }, { id: 'last', delay: '3s' }),
      ]);
      expect(await client.cancel(taken)).toBe(true);
      expect(await client.cancel(taken)).toBe(false);
      expect(await client.cancel(Sent({ key: 'k', n: 2 }, { id: 'named.>' }))).toBe(true);
      expect(await client.cancel(Sent({ key: 'k', n: 2 }, { id: 'unknown' }))).toBe(false);
      await until(() => seen.includes('delivered'), DEADLINE_MS, 'the first');
      expect(await client.cancel(Sent({ key: 'k', n: 3 }, { id: 'delivered' }))).toBe(false);
      await until(() => seen.includes('last'), DEADLINE_MS, 'the last');
      expect(seen).toEqual(['delivered', 'last']);
    },
  },
  {
    name: 'keeps what waits in workqueue and interest streams too',
    async play(stage) {
      for (const retention of ['workqueue', 'interest'] as const) {
        const { Stream, Sent, durable } = topic({ retention });
        const seen: string[] = [];
        const reader = worker(durable('reader'), { from: Stream }, [
          on(Sent, ({ data: { n }, attempt }, { retry }) => {
            seen.push(`${n}#${attempt}`);
            if (n === 1 && attempt === 1) retry(LONG);
          }),
        ]);
        const client = await stage.start(reader);
        await client.publish([
          Sent({ key: 'k', n: 1 }),
          Sent({ key: 'k', n: 2 }, { delay: '500ms' }),
        ]);
        await until(
          () => seen.length === 3,
          DEADLINE_MS,
          () => `three calls on ${retention}, not ${seen}`,
        );
        expect(seen).toEqual(['1#1', '2#1', '1#2']);
      }
    },
  },
  {
    name: 'refuses to delay what its stream cannot keep, and retries it in its slot',
    async play(stage) {
      const { Stream, Sent, durable } = topic({ discard: 'new', maxMsgs: 100 });
      const attempts: number[] = [];
      const reader = worker(durable('reader'), { from: Stream }, [
        on(Sent, ({ attempt }, { retry }) => {
          attempts.push(attempt);
          if (attempt === 1) retry(LONG);
        }),
      ]);
      const client = await stage.start(reader);
      await expect(client.publish(Sent({ key: 'k', n: 1 }, { delay: '1s' }))).rejects.toMatchObject(
        {
          code: 'CONFIG_INVALID',
          message: expect.stringContaining("discard: 'new'"),
        },
      );
      await client.publish(Sent({ key: 'k', n: 1 }));
      await until(() => attempts.length === 2, DEADLINE_MS, 'a second call');
      expect(attempts).toEqual([1, 2]);
    },
  },
];
