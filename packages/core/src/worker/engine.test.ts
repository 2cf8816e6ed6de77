import { encodeMessage, event, JetlaneError, msgpack, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StubBus } from '../../test/stub-bus.ts';
import { until } from '../../test/until.ts';
import { createClient } from '../client.ts';
import { diagnostics } from '../diagnostics.ts';
import { type Context, on, onBatch, type Result } from './handler.ts';
import { type WorkerOptions, worker } from './worker.ts';

const schema = z.object({ key: z.string(), n: z.number() });
const Sent = event('Sent', { subject: 'sent.{key}', schema });
const Made = event('Made', { subject: 'made.{key}', schema });
const Slow = event('Slow', {
  subject: 'slow.{key}',
  schema: schema.refine(async ({ n }) => {
    await new Promise((resolve) => setTimeout(resolve, n % 2 === 0 ? 5 : 0));
    return true;
  }),
});
const Stream = stream('STUB', {
  subjects: ['sent.>', 'made.>', 'slow.>'],
  messages: [Sent, Made, Slow],
});

type Options = Omit<WorkerOptions<typeof Stream>, 'from'>;

async function started(
  handle: (n: number, context: Context) => Result | Promise<Result>,
  options: Options = {},
) {
  const bus = new StubBus();
  const client = createClient(bus, { codec: msgpack, source: 'test' });
  const reader = worker('reader', { from: Stream, ...options }, [
    on([Sent, Slow], ({ data }, context) => handle(data.n, context)),
  ]);
  await client.start(reader);
  const held = () => client.workers[0]?.held().all;
  return { bus, client, reader, held };
}

const sent = (n: number, key = 'k') => Sent({ key, n });

describe('a worker', () => {
  it('handles thousands that wait without nesting, in lanes and without', async () => {
    const context = { codec: msgpack, source: 'test', nowMs: 0 };
    for (const options of [{ orderBy: 'key' }, {}] satisfies Options[]) {
      let release = () => {};
      const first = new Promise<void>((resolve) => {
        release = resolve;
      });
      const handled: number[] = [];
      const { bus, held } = await started(
        (n) => {
          handled.push(n);
          return n === 0 ? first : undefined;
        },
        { ...options, concurrency: 1 },
      );
      for (let n = 0; n < 20_000; n++)
        bus.deliverEncoded(await encodeMessage(sent(n), context), n + 1);
      release();
      await until('all to be settled', () => held() === 0);
      expect(handled).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
      expect(bus.released).toBe(20_000);
    }
  });

  it('gives back a lane in which thousands wait, in order', async () => {
    const context = { codec: msgpack, source: 'test', nowMs: 0 };
    const options = { orderBy: 'key', concurrency: 1 } as const;
    const { bus, client } = await started(() => new Promise(() => {}), options);
    for (let n = 0; n < 20_000; n++)
      bus.deliverEncoded(await encodeMessage(sent(n), context), n + 1);
    await client.close({ timeout: '100ms' });
    expect(bus.settled).toHaveLength(20_000);
    expect(bus.released).toBe(20_000);
    const positions = bus.settled.map((word) => Number(word.match(/\d+/)?.[0]));
    expect(positions.slice(0, -1)).toEqual(positions.slice(0, -1).toSorted((a, b) => a - b));
  });

  it('reads each message once, in order, when its schema takes time', async () => {
    const handled: number[] = [];
    const { bus, held } = await started((n) => void handled.push(n), { orderBy: 'key' });
    for (let n = 0; n < 6; n++) await bus.deliver(Slow({ key: 'k', n }), n + 1);
    await until('all to be settled', () => held() === 0);
    expect(handled).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('retries what a schema never answers for', async () => {
    const Stuck = event('Stuck', {
      subject: 'sent.{key}',
      schema: schema.refine(({ n }) => (n === 1 ? new Promise<boolean>(() => {}) : true)),
    });
    const Own = stream('STUB', { subjects: ['sent.>'], messages: [Stuck] });
    const bus = new StubBus();
    const client = createClient(bus, { codec: msgpack, source: 'test' });
    const handled: number[] = [];
    const options = { from: Own, orderBy: 'key', timeout: '50ms', onFailure: 'skip' } as const;
    await client.start(
      worker('reader', options, [on(Stuck, ({ data }) => void handled.push(data.n))]),
    );
    const context = { codec: msgpack, source: 'test', nowMs: 0 };
    for (const n of [0, 1, 2]) {
      const encoded = await encodeMessage(sent(n), context);
      const headers = {
        ...encoded.headers,
        'ce-type': 'Stuck',
        'ce-dataschema': 'jetlane:Stuck/1',
      };
      bus.deliverEncoded({ ...encoded, headers }, n + 1);
    }
    await until('the others', () => handled.length === 2);
    await until('the stuck one to go back', () => bus.settled.includes('nak 2#1'));
    expect(handled).toEqual([0, 2]);
  });

  it('handles a message once that is delivered again while it is held, and settles the later delivery', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let calls = 0;
    const { bus, held } = await started(async () => {
      calls++;
      await released;
    });
    await bus.deliver(sent(1), 1);
    await bus.deliver(sent(1), 1, 2);
    expect(bus.released).toBe(1);
    release();
    await until('it to be settled', () => held() === 0);
    expect(calls).toBe(1);
    expect(bus.settled).toEqual(['ack 1#2']);
    expect(bus.released).toBe(2);
  });

  it('survives whatever a handler throws', async () => {
    const thrown: unknown[] = [Object.create(null), null, undefined, Symbol('no'), 'text', 7n];
    const { bus, held } = await started(
      (n) => {
        throw thrown[n];
      },
      { retry: { attempts: 1 } },
    );
    for (const n of thrown.keys()) await bus.deliver(sent(n), n + 1);
    await until('all to be settled', () => held() === 0);
    expect(bus.stored).toHaveLength(thrown.length);
    expect(bus.settled).toEqual(thrown.map((_, n) => `term ${n + 1}#1`));
  });

  it('warns once about what it gave up on, where nobody listens', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error) => {
      if (message.includes('no such card')) warnings.push(message);
    };
    process.on('warning', note);
    const throwing = () => {
      throw new Error('no such card');
    };
    const { bus, held } = await started(throwing, { retry: { attempts: 1 } });
    for (const n of [1, 2, 3]) await bus.deliver(sent(n), n);
    await until('all to be settled', () => held() === 0);
    await until('the warning', () => warnings.length > 0);
    process.off('warning', note);
    expect(warnings).toEqual([expect.stringMatching(/'reader' gave up on sent\.k .*no such card/)]);
  });

  it('stores results again after an outage, without calling the handler again', async () => {
    let calls = 0;
    const { bus, held } = await started((n) => {
      calls++;
      return Made({ key: 'k', n });
    });
    const away = () => new JetlaneError('PUBLISH_TIMEOUT', 'no ack');
    bus.storeErrors.push(away(), away(), away(), away(), away(), away());
    await bus.deliver(sent(1), 1);
    await until('it to be settled', () => held() === 0);
    expect(calls).toBe(1);
    expect(bus.settled).toEqual(['ack 1#1']);
    expect(bus.stored).toHaveLength(1);
  });

  it('fails a message whose lane cannot be told, rather than give up its order', async () => {
    const orderBy = () => {
      throw new Error('no key');
    };
    const { bus, held } = await started(() => {}, { orderBy, retry: { attempts: 1 } });
    await bus.deliver(sent(1), 1);
    await until('it to be settled', () => held() === 0);
    expect(bus.stored[0]?.headers['jl-error']).toBe('no key');
  });

  it('lets a handler publish while the client closes', async () => {
    let running = false;
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { bus, client } = await started(async (n, context) => {
      running = true;
      await gone;
      await context.client.publish(Made({ key: 'k', n }));
    });
    await bus.deliver(sent(1), 1);
    await until('the call', () => running);
    const closed = client.close();
    go();
    await closed;
    expect(bus.settled).toEqual(['ack 1#1']);
  });

  it('ends when its subscription fails, and can be started again', async () => {
    const { bus, client, reader } = await started(() => {});
    bus.fail(new JetlaneError('STREAM_GONE', 'deleted'));
    expect(client.workers).toEqual([]);
    await client.start(reader);
    expect(client.workers).toHaveLength(1);
  });
});

describe('a last trial', () => {
  it('takes nothing of a lane any more once it drains: what is in front may have gone back', async () => {
    const handled: number[] = [];
    const { bus, client } = await started((n) => void handled.push(n), { orderBy: 'key' });
    bus.stopping = async () => {
      await bus.deliver(sent(1), 1);
    };
    await client.close();
    expect([handled, bus.settled]).toEqual([[], ['nak 1#1']]);
  });

  it('holds its lane while the mark cannot be stored, and lets none behind it pass', async () => {
    const handled: number[] = [];
    const { bus, held } = await started((n) => void handled.push(n), {
      orderBy: 'key',
      retry: { attempts: 1, minDelay: '1ms', maxDelay: '1ms' },
    });
    bus.claimErrors.push(new Error('away'), new Error('still away'));
    await bus.deliver(sent(1), 1, 2);
    await bus.deliver(sent(2), 2);
    await until('both to be settled', () => held() === 0);
    expect(handled).toEqual([1, 2]);
    expect(bus.settled).toEqual(['ack 1#2', 'ack 2#1']);
  });

  it('runs the message once, marked, and buries it when it comes back', async () => {
    let calls = 0;
    const { bus, held } = await started(
      () => {
        calls++;
        return new Promise(() => {});
      },
      { retry: { attempts: 2 } },
    );
    await bus.deliver(sent(1), 1, 3);
    await until('the trial', () => calls === 1);
    expect([...bus.claims]).toEqual(['_jl.trial.STUB.reader.1-0']);
    const second = createClient(bus, { codec: msgpack, source: 'test' });
    await second.start(
      worker('reader', { from: Stream, retry: { attempts: 2 } }, [on(Sent, () => void calls++)]),
    );
    await bus.deliver(sent(1), 1, 4);
    await until('the burial', () => bus.settled.includes('term 1#4'));
    expect(calls).toBe(1);
    expect(bus.stored[0]?.headers['jl-reason']).toBe('crash-loop');
    expect(held()).toBe(1);
  });

  it('waits for nothing else to run', async () => {
    const order: string[] = [];
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { bus, held } = await started(
      async (n) => {
        order.push(`begin ${n}`);
        if (n === 1) await gone;
        order.push(`end ${n}`);
      },
      { retry: { attempts: 2 } },
    );
    await bus.deliver(sent(1), 1);
    await bus.deliver(sent(2), 2, 3);
    await bus.deliver(sent(3), 3);
    expect(order).toEqual(['begin 1']);
    go();
    await until('all to be settled', () => held() === 0);
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  it('that was stopped by a drain leaves no mark', async () => {
    let running = false;
    const { bus, client } = await started(
      () => {
        running = true;
        return new Promise(() => {});
      },
      { retry: { attempts: 2 } },
    );
    await bus.deliver(sent(1), 1, 3);
    await until('the trial', () => running);
    await client.close({ timeout: '50ms' });
    expect(bus.claims.size).toBe(0);
    expect(bus.settled).toEqual(['nak 1#3']);
  });
});

describe('a batch', () => {
  it('that fails runs again one by one, so that only the bad message fails', async () => {
    const bus = new StubBus();
    const client = createClient(bus, { codec: msgpack, source: 'test' });
    const sizes: number[] = [];
    const reader = worker('reader', { from: Stream, retry: { attempts: 1 } }, [
      onBatch(Sent, { size: 3, within: '1s' }, (messages) => {
        sizes.push(messages.length);
        if (messages.some(({ data }) => data.n === 2)) throw new Error('two');
      }),
    ]);
    await client.start(reader);
    for (const n of [1, 2, 3]) await bus.deliver(sent(n), n);
    await until('all to be settled', () => bus.settled.length === 3);
    expect(sizes).toEqual([3, 1, 1, 1]);
    expect(bus.settled.toSorted()).toEqual(['ack 1#1', 'ack 3#1', 'term 2#1']);
  });

  it('that is not full is handled when the client closes', async () => {
    const bus = new StubBus();
    const client = createClient(bus, { codec: msgpack, source: 'test' });
    const reader = worker('reader', { from: Stream }, [
      onBatch(Sent, { size: 100, within: '1h' }, () => {}),
    ]);
    await client.start(reader);
    await bus.deliver(sent(1), 1);
    await client.close();
    expect(bus.settled).toEqual(['ack 1#1']);
  });
});

describe('publish', () => {
  it('keeps the order of its calls when a schema takes time', async () => {
    const bus = new StubBus();
    const client = createClient(bus, { codec: msgpack, source: 'test' });
    const all = [0, 1, 2, 3].map((n) => client.publish(n < 2 ? Slow({ key: 'k', n }) : sent(n)));
    await Promise.all(all);
    const order = bus.stored.map(({ payload }) => (msgpack.decode(payload) as { n: number }).n);
    expect(order).toEqual([0, 1, 2, 3]);
  });
});

describe('a retry policy', () => {
  it('begins no attempt after the time that it gives', async () => {
    let calls = 0;
    const { bus, held } = await started(() => void calls++, { retry: { within: '1h' } });
    await bus.deliver(sent(1), 1);
    await until('it to be settled', () => held() === 0);
    expect(calls).toBe(0);
    expect(bus.stored[0]?.headers['jl-reason']).toBe('time-exhausted');
    expect(bus.settled).toEqual(['term 1#1']);
  });

  it('that is broken loses nothing and is told to whoever listens', async () => {
    const told: unknown[] = [];
    const listen = (event: unknown) => told.push(event);
    diagnostics.policy.subscribe(listen);
    const { bus, held } = await started(
      () => {
        throw new Error('no');
      },
      {
        retry: {
          when: () => {
            throw new Error('bug');
          },
        },
      },
    );
    await bus.deliver(sent(1), 1);
    await until('it to be settled', () => held() === 0);
    diagnostics.policy.unsubscribe(listen);
    expect(bus.settled).toEqual(['nak 1#1']);
    expect(told).toMatchObject([{ worker: 'reader', stream: 'STUB', option: 'retry.when' }]);
  });
});
