import { event, JetlaneError, msgpack, stream } from '@jetlane/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { PublishAck } from './bus.ts';
import { memory } from './memory/memory.ts';
import type { Sink } from './publish.ts';
import { Writer } from './writer.ts';

/** A schema that takes as many milliseconds as a message says, and refuses what says so. */
const slow = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    async validate(value: unknown) {
      const data = value as { n: number; takesMs: number; bad?: boolean };
      await new Promise((resolve) => setTimeout(resolve, data.takesMs));
      return data.bad ? { issues: [{ message: 'is bad' }] } : { value: data };
    },
    types: undefined as
      | {
          readonly input: { n: number; takesMs: number; bad?: boolean };
          readonly output: { n: number; takesMs: number; bad?: boolean };
        }
      | undefined,
  },
};
const Slow = event('Slow', { subject: 'writes.slow', schema: slow });
const Writes = stream('WRITES', { subjects: ['writes.>'], messages: [Slow] });

describe('a writer', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  beforeEach(() => void process.on('unhandledRejection', note));
  afterEach(() => void process.off('unhandledRejection', note));

  it('keeps the order of the calls while schemas take their time', async () => {
    const client = memory();
    await client.start(Writes);
    const acks = await Promise.all([
      client.publish(Slow({ n: 1, takesMs: 20 })),
      client.publish([Slow({ n: 2, takesMs: 1 })]),
      client.publish(Slow({ n: 3, takesMs: 0 })),
    ]);
    expect(acks.flat().map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(msgpack.contentType).toBe(client.stored[0]?.headers['ce-datacontenttype']);
    await client.close();
  });

  it('lets nobody hear of a message that fails before its turn but who published it', async () => {
    const client = memory();
    await client.start(Writes);
    const first = client.publish(Slow({ n: 1, takesMs: 50 }));
    const failing = [
      client.publish(Slow({ n: 2, takesMs: 0, bad: true })),
      client.publish([Slow({ n: 3, takesMs: 0, bad: true })]),
    ];
    // Both fail long before the first one lets them have their turn; they are looked at later still.
    await first;
    const ends = await Promise.allSettled(failing);
    for (const end of ends)
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'VALIDATION_FAILED' } });
    expect(unhandled).toEqual([]);
    await client.close();
  });
});

const Quick = event('Quick', { subject: 'writes.quick', schema: z.object({ n: z.number() }) });
const TIMEOUT_MS = 1_000;

/** A server that answers nothing: the second message waits for room until the first one has had its time. */
class Silent implements Sink {
  stored = 0;
  isSilent = true;
  #room: Promise<void> | undefined;

  ready(): Promise<void> | undefined {
    return this.#room;
  }

  store(_: unknown, waitedMs = 0): Promise<PublishAck> {
    this.stored++;
    if (!this.isSilent)
      return Promise.resolve({ stream: 'WRITES', seq: this.stored, duplicate: false });
    const late = new Promise<PublishAck>((_resolve, reject) =>
      setTimeout(() => {
        this.#room = undefined;
        reject(new JetlaneError('PUBLISH_TIMEOUT', 'no ack'));
      }, TIMEOUT_MS - waitedMs),
    );
    this.#room = late.then(
      () => {},
      () => {},
    );
    return late;
  }
}

function writerTo(sink: Silent): Writer {
  const context = () => ({ codec: msgpack, source: 'test', maxPayload: 1_024, nowMs: Date.now() });
  return new Writer({ bus: { publishTimeoutMs: TIMEOUT_MS }, sink, context });
}

describe('lists that wait for lists without acks', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());
  const list = () => [Quick({ n: 1 }), Quick({ n: 2 })];

  it('all fail when the time of each is over, counted from its call, and are not tried in vain', async () => {
    const sink = new Silent();
    const writer = writerTo(sink);
    const ends: string[] = [];
    const words: string[] = [];
    const publish = () =>
      void writer.publish(list(), undefined).catch(({ code, message }) => {
        ends.push(code);
        words.push(message);
      });
    for (let n = 0; n < 5; n++) publish();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2);
    publish();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2);
    expect(ends).toEqual(Array(5).fill('PUBLISH_TIMEOUT'));
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2);
    expect(ends).toHaveLength(6);
    expect(words[0]).toBe('2 of 2 messages were not stored, 1 of them not sent; the first: no ack');
    expect(words[1]).toMatch(/writes.quick: no ack within 1000 ms \(what was published before/);
    expect(sink.stored).toBe(2); // of the first, and of the one that had time left
  });

  it('lose nothing of their time by waiting for lists that got theirs', async () => {
    const sink = new Silent();
    sink.isSilent = false;
    const writer = writerTo(sink);
    const slow = writer.publish([Slow({ n: 1, takesMs: 5 * TIMEOUT_MS })], undefined);
    const behind = writer.publish(list(), undefined);
    await vi.advanceTimersByTimeAsync(5 * TIMEOUT_MS);
    await expect(slow).resolves.toHaveLength(1);
    await expect(behind).resolves.toHaveLength(2);
  });

  it('are refused once very many wait', async () => {
    const sink = new Silent();
    const writer = writerTo(sink);
    const waiting = Array.from({ length: 16_385 }, () => writer.publish(list(), undefined));
    for (const each of waiting) each.catch(() => {});
    await expect(writer.publish(list(), undefined)).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining('16384 calls of publish wait'),
    });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    await Promise.allSettled(waiting);
  });
});
