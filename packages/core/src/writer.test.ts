import { event, msgpack, stream } from '@jetlane/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memory } from './memory/memory.ts';

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
