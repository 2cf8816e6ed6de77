import { event, msgpack, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { advance } from '../../test/advance.ts';
import { StubBus } from '../../test/stub-bus.ts';
import { until } from '../../test/until.ts';
import { createClient } from '../client.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { on } from './handler.ts';
import { worker } from './worker.ts';

const Sent = event('Sent', { subject: 'sent.{key}', schema: z.object({ key: z.string() }) });
const Stream = stream('STUB', {
  subjects: ['sent.>'],
  messages: [Sent],
  partitions: { by: 'key', count: 2 },
});

/** A bus whose time a test moves, and whose server never confirms a heartbeat. */
class SilentBus extends StubBus {
  override readonly clock = new ManualClock();
}

/** A partitioned worker whose handlers wait until they are told to return or to throw. */
async function started() {
  const bus = new SilentBus();
  const client = createClient(bus, { codec: msgpack, source: 'test' });
  const going: ((error?: Error) => void)[] = [];
  const attempts: number[] = [];
  const options = {
    from: Stream,
    partitioned: true,
    ackWait: '10s',
    timeout: '5s',
    retry: { attempts: 3, minDelay: '2s', maxDelay: '2s' },
  } as const;
  const handler = on(Sent, async ({ attempt }) => {
    attempts.push(attempt);
    const error = await new Promise<Error | undefined>((resolve) => going.push(resolve));
    if (error !== undefined) throw error;
  });
  await client.start(worker('w', options, [handler]));
  const next = async (error?: Error) => {
    await until('a handler to wait', () => going.length > 0);
    going.shift()?.(error);
  };
  return { bus, attempts, next, held: () => client.workers[0]?.held().all };
}

describe('a partitioned worker', () => {
  it('settles nothing that the next owner may hold: that one would take it for what it misses', async () => {
    const { bus, attempts, next, held } = await started();
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1);
    await until('the handler to run', () => attempts.length > 0);
    // At once, as after a freeze: the timeout of the handler is not over before the message is lost.
    const lostMs = bus.clock.monotonic() + 10_000;
    bus.clock.monotonic = () => lostMs;
    await next();
    await until('the message to be let go', () => held() === 0);
    expect(bus.settled).toEqual([]);
  });

  it('does not begin a last trial whose mark took so long that the next owner may hold the message', async () => {
    const { bus, attempts, held } = await started();
    const marking: (() => void)[] = [];
    const mark = bus.claim.bind(bus);
    bus.claim = async (subject) => {
      await new Promise<void>((resolve) => marking.push(resolve));
      return mark(subject);
    };
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1, 9);
    await until('the mark to be asked for', () => marking.length > 0);
    const lostMs = bus.clock.monotonic() + 10_000;
    bus.clock.monotonic = () => lostMs;
    marking[0]?.();
    await until('the message to be let go', () => held() === 0);
    await until('the mark to be taken back', () => bus.claims.size === 0);
    expect(attempts).toEqual([]);
    expect(bus.settled).toEqual([]);
  });

  it('takes a delivery that comes while it waits for a retry for that retry', async () => {
    const { bus, attempts, next } = await started();
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1);
    await next(new Error('on purpose'));
    await until('the retry to wait', () => attempts.length === 1);
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1, 2);
    await until('the second attempt', () => {
      advance(bus.clock, 100);
      return attempts.length > 1;
    });
    expect(attempts).toEqual([1, 2]);
    await next();
    await until('the message to be settled', () => bus.settled.length > 0);
    expect(bus.settled).toEqual(['ack 1#2']);
  });
});
