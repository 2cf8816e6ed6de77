import { bulkReport, type Outgoing } from '@jetlane/core';
import { expect } from 'vitest';
import type { Scenario } from '../stage.ts';
import { topic } from '../topic.ts';

const MODES = ['auto', 'plain', 'atomic', 'ingest'] as const;

/** Whole sources, and all or nothing. */
export const bulk: readonly Scenario[] = [
  {
    name: 'stores all that a source gives, once, in every mode',
    async play(stage) {
      const { count } = stage.sizes({ count: 3_000 }, { count: 300 });
      for (const mode of MODES) {
        const { Stream, Sent } = topic();
        const client = await stage.start(Stream);
        const all = Array.from({ length: count }, (_, n) => Sent({ key: 'k', n }));
        async function* later() {
          yield* all;
        }
        expect(await client.publishAll(all, { mode })).toMatchObject({
          mode: mode === 'auto' ? 'ingest' : mode,
          read: count,
          stored: count,
          duplicates: 0,
          stream: Stream.name,
          firstSeq: 1,
          lastSeq: count,
        });
        const again = await client.publishAll(later(), { mode });
        expect(again).toMatchObject({ read: count, stored: 0, duplicates: count });
        expect((await client.publish(Sent({ key: 'k', n: -1 }))).seq).toBe(count + 1);
      }
    },
  },
  {
    name: 'leaves a source that throws, breaks its schema, or is aborted, with what it gave stored',
    async play(stage) {
      const { Stream, Sent } = topic();
      const client = await stage.start(Stream);
      const controller = new AbortController();
      const ends: readonly [code: string, end: () => Outgoing][] = [
        ['SOURCE_FAILED', () => JSON.parse('{')],
        ['VALIDATION_FAILED', () => Sent({ key: 'k', n: 'one' as unknown as number })],
        [
          'ABORTED',
          () => {
            controller.abort();
            return Sent({ key: 'k', n: 5 });
          },
        ],
      ];
      for (const [code, end] of ends) {
        let left = 0;
        function* source() {
          try {
            for (let n = 0; n < 5; n++) yield Sent({ key: 'k', n });
            yield end();
            yield Sent({ key: 'k', n: 7 });
          } finally {
            left++;
          }
        }
        const error: unknown = await client
          .publishAll(source(), { signal: controller.signal })
          .catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code });
        const report = bulkReport(error);
        expect(report?.stored).toBe(code === 'ABORTED' ? report?.read : 5);
        expect(left).toBe(1);
      }
    },
  },
  {
    name: 'stores all of an atomic publish or none of it',
    async play(stage) {
      const { Stream, Sent } = topic({ maxMsgs: 7, discard: 'new' });
      const client = await stage.start(Stream);
      const batch = [1, 2, 3].map((n) => Sent({ key: 'k', n }));
      const acks = await client.publish(batch, { atomic: true });
      expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      const again = await client.publish(batch, { atomic: true });
      expect(again).toEqual(acks.map((ack) => ({ ...ack, duplicate: true })));
      const more = [4, 5].map((n) => Sent({ key: 'k', n }));
      await expect(client.publish([...batch, ...more], { atomic: true })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      const many = [1, 2, 3, 4, 5].map((n) => Sent({ key: 'k', n }));
      await expect(client.publish(many, { atomic: true })).rejects.toMatchObject({
        code: 'STREAM_FULL',
      });
      expect(await client.publish(more, { atomic: true })).toMatchObject([{ seq: 4 }, { seq: 5 }]);
    },
  },
  {
    name: 'refuses an atomic publish over streams, of more than 1,000, or with an id twice',
    async play(stage) {
      const one = topic();
      const two = topic();
      const client = await stage.start(one.Stream, two.Stream);
      const wrong = [
        [one.Sent({ key: 'k', n: 1 }), two.Sent({ key: 'k', n: 2 })],
        Array.from({ length: 1_001 }, (_, n) => one.Sent({ key: 'k', n })),
        [1, 2].map((n) => one.Sent({ key: 'k', n }, { id: 'same' })),
      ];
      for (const batch of wrong)
        await expect(client.publish(batch, { atomic: true })).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
        });
      expect((await client.publish(one.Sent({ key: 'k', n: 1 }))).seq).toBe(1);
    },
  },
  {
    name: 'goes one by one where fast ingest is not allowed, and refuses to where it was asked for',
    async play(stage) {
      const { Stream, Sent } = topic({ jetstream: { allow_batched: false, allow_atomic: false } });
      const client = await stage.start(Stream);
      const all = Array.from({ length: 20 }, (_, n) => Sent({ key: 'k', n }));
      for (const mode of ['ingest', 'atomic'] as const)
        await expect(client.publishAll(all, { mode })).rejects.toMatchObject({
          code: 'TOPOLOGY_CONFLICT',
        });
      expect(await client.publishAll(all)).toMatchObject({
        mode: 'plain',
        why: expect.stringContaining('allow_batched'),
        stored: 20,
      });
    },
  },
  {
    name: 'refuses what is asked of it after close, and options that are none',
    async play(stage) {
      const { Stream, Sent } = topic();
      const client = await stage.start(Stream);
      const all = [Sent({ key: 'k', n: 1 })];
      const options = { mode: 'fast', onGap: 1, more: true } as never;
      await expect(client.publishAll(all, options)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/(?=[\s\S]*mode)(?=[\s\S]*onGap)(?=[\s\S]*more)/),
      });
      await client.close();
      await expect(client.publishAll(all)).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(client.publish(all, { atomic: true })).rejects.toMatchObject({ code: 'CLOSED' });
    },
  },
];
