import { type EncodedMessage, event, json, type Outgoing } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../test/until.ts';
import type { PublishAllOptions } from './bulk-options.ts';
import type { BulkPort, IngestEvents } from './bulk-port.ts';
import { type BulkSource, Load } from './load.ts';

const Row = event('Row', { subject: 'row.{n}', schema: z.object({ n: z.number() }) });
const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => Row({ n }, { id: String(n) }));
const ids = (count: number) => rows(count).map(({ id }) => id);

async function* later(messages: readonly Outgoing[]) {
  for (const message of messages) yield message;
}

/** A bus of which a test says what it does. */
class Stage {
  /** Ids in the order in which they were stored one by one. */
  readonly stored: string[] = [];
  /** Whether there is room for one message a turn of the event loop only. */
  isSlow = false;
  batchesMax = 0;
  ingests = 0;
  /** The ingest is not supported any more once it has so many. */
  ingestMax = Number.POSITIVE_INFINITY;
  hasGivenUp = false;
  #crowded: Promise<void> | undefined;
  #batches = 0;

  run(source: BulkSource, options: PublishAllOptions = {}) {
    const context = () => ({ codec: json, source: 'test', maxPayload: 1_000_000, nowMs: 0 });
    const store = async ({ id }: EncodedMessage) => {
      this.stored.push(id);
      if (this.isSlow) this.#crowded = this.#turn();
      return { stream: 'ROWS', seq: this.stored.length, duplicate: false };
    };
    const sink = { ready: () => this.#crowded, store };
    return new Load(source, options, { sink, port: this.#port(), context }).run();
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#crowded = undefined;
  }

  #port(): BulkPort {
    return {
      batchesAtOnce: 1,
      batchBytesMax: 1_000_000,
      target: async () => ({
        stream: 'ROWS',
        lastSeq: 0,
        noIngest: undefined,
        noAtomic: undefined,
        covers: () => true,
      }),
      ingest: (_, events) => this.#ingest(events),
      storeAll: async (messages) => {
        this.batchesMax = Math.max(this.batchesMax, ++this.#batches);
        await new Promise((resolve) => setImmediate(resolve));
        this.#batches--;
        return messages.map(({ id }) => {
          this.stored.push(id);
          return { stream: 'ROWS', seq: this.stored.length, duplicate: false };
        });
      },
    };
  }

  #ingest(events: IngestEvents) {
    this.ingests++;
    const held: EncodedMessage[] = [];
    let isOver = false;
    let full: Promise<void> | undefined;
    const giveUp = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      isOver = true;
      this.hasGivenUp = true;
      events.unsupported('it is told to', held);
    };
    return {
      room: () => (isOver || this.isSlow ? undefined : full),
      write: (message: EncodedMessage) => {
        held.push(message);
        if (held.length === this.ingestMax) full = giveUp();
      },
      end: async () => 0,
    };
  }
}

describe('a load', () => {
  it('reads on where an ingest is not supported any more and leaves little', async () => {
    const stage = new Stage();
    stage.ingestMax = 10;
    expect(await stage.run(rows(100))).toMatchObject({ read: 100, stored: 100, mode: 'plain' });
    expect(stage.stored).toEqual(ids(100));
  });

  it('lets nothing overtake what an ingest left', async () => {
    const stage = new Stage();
    stage.isSlow = true;
    stage.ingestMax = 40;
    async function* source() {
      for (const row of rows(100)) {
        yield row;
        // While it is asked for the next one the ingest ends.
        if (row.id === '38') {
          await new Promise((resolve) => setImmediate(resolve));
          yield Row({ n: 39 }, { id: '39' });
          break;
        }
      }
      while (!stage.hasGivenUp) await new Promise((resolve) => setImmediate(resolve));
      yield* rows(100).slice(40);
    }
    expect(await stage.run(source())).toMatchObject({ read: 100, stored: 100 });
    expect(stage.stored).toEqual(ids(100));
  });

  it('has no more batches under way than the bus takes at once', async () => {
    const stage = new Stage();
    const options = { mode: 'atomic', batchSize: 1 } as const;
    expect(await stage.run(later(rows(50)), options)).toMatchObject({ stored: 50 });
    expect(stage.batchesMax).toBe(1);
    expect(stage.stored).toEqual(ids(50));
  });

  it('reads a source whose promises are those of a library', async () => {
    const left = rows(3);
    const next = () => {
      const value = left.shift();
      // biome-ignore lint/suspicious/noThenProperty: this is what is tested.
      return { then: (done: (step: object) => void) => done({ value, done: value === undefined }) };
    };
    const source = { [Symbol.asyncIterator]: () => ({ next }) } as never;
    expect(await new Stage().run(source, { mode: 'plain' })).toMatchObject({ stored: 3 });
  });

  it('ends when it is aborted while a schema never answers, and writes nothing that one answers later', async () => {
    let answer = (_: { value: { n: number } }) => {};
    const Hanging = event('Hanging', {
      subject: 'row.{n}',
      schema: {
        '~standard': {
          version: 1 as const,
          vendor: 'test',
          validate: () =>
            new Promise<{ value: { n: number } }>((resolve) => {
              answer = resolve;
            }),
          types: undefined as { input: { n: number }; output: { n: number } } | undefined,
        },
      },
    });
    const stage = new Stage();
    const controller = new AbortController();
    let left = false;
    function* source() {
      try {
        yield Hanging({ n: 1 });
      } finally {
        left = true;
      }
    }
    const loading = stage.run(source(), { signal: controller.signal });
    controller.abort();
    await expect(loading).rejects.toMatchObject({ code: 'ABORTED' });
    expect(left).toBe(true);
    answer({ value: { n: 1 } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stage).toMatchObject({ stored: [], ingests: 0 });
  });

  it('warns of what an asynchronous display of progress throws', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error) => warnings.push(message);
    process.on('warning', note);
    const onProgress = async () => {
      throw new Error('no display');
    };
    expect(await new Stage().run(rows(3), { onProgress })).toMatchObject({ read: 3 });
    await until('the warning', () => warnings.includes('no display'));
    process.off('warning', note);
  });
});
