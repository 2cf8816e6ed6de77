import { event, on, stream, worker } from '@jetlane/core';
import { expect } from 'vitest';
import { DEADLINE_MS, type Scenario } from '../stage.ts';
import { itemSchema, topic } from '../topic.ts';
import { until } from '../until.ts';

/** Resolved means stored; everything else is an error with a code, and nothing sent. */
export const publishing: readonly Scenario[] = [
  {
    name: 'says where a message was stored, and that an id is stored once',
    async play(stage) {
      const { Stream, Sent, durable } = topic();
      const seen: string[] = [];
      const client = await stage.start(Stream);
      const once = Sent({ key: 'k', n: 1 }, { id: 'once' });
      expect(await client.publish(once)).toEqual({ stream: Stream.name, seq: 1, duplicate: false });
      expect(await client.publish(once)).toEqual({ stream: Stream.name, seq: 1, duplicate: true });
      const last = await client.publish(Sent({ key: 'k', n: 2 }));
      expect(last.duplicate).toBe(false);
      await client.start(
        worker(durable('reader'), { from: Stream }, [on(Sent, ({ id }) => void seen.push(id))]),
      );
      await until(() => seen.length >= 2, DEADLINE_MS, 'two messages');
      expect(seen.filter((id) => id === 'once')).toHaveLength(1);
    },
  },
  {
    name: 'stores an array in the order given, and acknowledges it in that order',
    async play(stage) {
      const { Stream, Sent } = topic();
      const client = await stage.start(Stream);
      const acks = await client.publish([1, 2, 3, 4, 5].map((n) => Sent({ key: 'k', n })));
      expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
      expect(await client.publish([])).toEqual([]);
    },
  },
  {
    name: 'sends nothing when a message breaks its schema or its subject',
    async play(stage) {
      const { Stream, Sent } = topic();
      const client = await stage.start(Stream);
      const good = Sent({ key: 'k', n: 1 });
      const bad = Sent({ key: 'k', n: 'one' as unknown as number });
      const crooked = Sent({ key: 'a.b', n: 1 });
      await expect(client.publish(bad)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
      await expect(client.publish([good, bad])).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
      });
      await expect(client.publish([good, crooked])).rejects.toMatchObject({
        code: 'SUBJECT_INVALID',
      });
      expect((await client.publish(good)).seq).toBe(1);
    },
  },
  {
    name: 'refuses what no stream stores, what is too large, and what does not fit a full stream',
    async play(stage) {
      const { Stream, Sent, prefix } = topic({ maxMsgs: 2, discard: 'new', maxMsgSize: '4KiB' });
      const Lost = event('Lost', {
        subject: `lost-${prefix}.{key}` as 'lost.{key}',
        schema: itemSchema,
      });
      const client = await stage.start(Stream);
      await expect(client.publish(Lost({ key: 'k', n: 1 }))).rejects.toMatchObject({
        code: 'NO_STREAM',
      });
      const headers = { 'x-large': 'x'.repeat(5_000) };
      await expect(client.publish(Sent({ key: 'k', n: 1 }, { headers }))).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
      });
      const text = 'x'.repeat(1024 * 1024);
      await expect(client.publish(Sent({ key: 'k', n: 1, text }))).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
      });
      await client.publish([1, 2].map((n) => Sent({ key: 'k', n })));
      await expect(client.publish(Sent({ key: 'k', n: 3 }))).rejects.toMatchObject({
        code: 'STREAM_FULL',
      });
    },
  },
  {
    name: 'keeps the order of each subject, and loses nothing, through the narrowest ordered window',
    async play(stage) {
      const { Stream, Sent } = topic();
      const client = await stage.world.client({ ordered: true, maxInFlight: 8 });
      await client.start(Stream);
      const count = stage.sizes(300, 60);
      const acks = await Promise.all(
        Array.from({ length: count }, (_, n) => client.publish(Sent({ key: `k${n % 3}`, n }))),
      );
      expect(new Set(acks.map(({ seq }) => seq)).size).toBe(count);
      for (const key of [0, 1, 2]) {
        const seqs = acks.filter((_, n) => n % 3 === key).map(({ seq }) => seq);
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      }
      expect(client.publishing).toMatchObject({ inFlight: 0, waiting: 0 });
    },
  },
  {
    name: 'refuses an order or a window that is none, naming all that is wrong',
    async play(stage) {
      const options = {
        ordered: 'yes' as unknown as boolean,
        maxInFlight: { favor: 'speed' as 'latency', min: 9, max: 8 },
      };
      await expect((async () => stage.world.client(options))()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /(?=[\s\S]*'ordered' must be true or false)(?=[\s\S]*maxInFlight\.favor)(?=[\s\S]*maxInFlight\.min)/,
        ),
      });
      const client = await stage.world.client({ maxInFlight: { favor: 'latency', max: 64 } });
      const { Stream, Sent } = topic();
      await client.start(Stream);
      const acks = await client.publish([1, 2, 3].map((n) => Sent({ key: 'k', n })));
      expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'refuses what is published after close',
    async play(stage) {
      const { Stream, Sent } = topic();
      const client = await stage.start(Stream);
      await client.close();
      const message = Sent({ key: 'k', n: 1 });
      await expect(client.publish(message)).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(client.publish([message])).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(client.start(Stream)).rejects.toMatchObject({ code: 'CLOSED' });
    },
  },
  {
    name: 'refuses a stream whose subjects another stream stores',
    async play(stage) {
      const { id, Stream, Sent, prefix } = topic();
      const client = await stage.start(Stream);
      const Rival = stream(`R_${id.toUpperCase()}`, {
        subjects: [`${prefix}.sent.*`],
        messages: [Sent],
      });
      await expect(client.start(Rival)).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
    },
  },
  {
    name: 'lists everything that is wrong with a declaration at once',
    async play() {
      const { Stream, Sent } = topic();
      const options = {
        from: Stream,
        concurrency: 0,
        maxAckPending: 1.5,
        ackWait: 'soon' as '1s',
        retry: { attempts: -1 },
      };
      expect(() => worker('reader', options, [on(Sent, () => {})])).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: expect.stringMatching(
            /(?=[\s\S]*concurrency)(?=[\s\S]*maxAckPending)(?=[\s\S]*ackWait)(?=[\s\S]*attempts)/,
          ),
        }),
      );
    },
  },
];
