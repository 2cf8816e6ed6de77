import { event, msgpack, stream } from '@jetlane/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { advance } from '../../test/advance.ts';
import { StubBus } from '../../test/stub-bus.ts';
import { until } from '../../test/until.ts';
import { createClient } from '../client.ts';
import { diagnostics, type FenceEvent } from '../diagnostics.ts';
import type { InboxTx } from '../inbox/bucket-tx.ts';
import { kvInbox } from '../inbox/kv-inbox.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { type Context, on, onBatch } from './handler.ts';
import { worker } from './worker.ts';

const Sent = event('Sent', { subject: 'sent.{key}', schema: z.object({ key: z.string() }) });
const Made = event('Made', { subject: 'made.{key}', schema: z.object({ key: z.string() }) });
const Stream = stream('STUB', { subjects: ['sent.>', 'made.>'], messages: [Sent, Made] });

/** A bus whose time a test moves, and whose server never confirms a heartbeat. */
class SilentBus extends StubBus {
  override readonly clock = new ManualClock();
}

const fences: FenceEvent[] = [];
const listen = (fence: unknown) => void fences.push(fence as FenceEvent);
beforeEach(() => {
  fences.length = 0;
  diagnostics.fence.subscribe(listen);
});
afterEach(() => diagnostics.fence.unsubscribe(listen));

/** A worker whose handlers wait until they are told to return. */
async function started(size = 1) {
  const bus = new SilentBus();
  const client = createClient(bus, { codec: msgpack, source: 'test' });
  const going: (() => void)[] = [];
  const wait = () => new Promise<void>((resolve) => going.push(resolve));
  const options = {
    from: Stream,
    inbox: kvInbox('i'),
    ackWait: '1s',
    retry: { attempts: 1 },
  } as const;
  const one = on(Sent, async ({ data }, { tx }: Context<InboxTx>) => {
    tx.put('by', data.key);
    await wait();
    return Made(data);
  });
  const many = onBatch(
    Sent,
    { size, within: '1ms' },
    async (messages, { tx }: Context<InboxTx>) => {
      for (const { data } of messages) tx.put(data.key, 1);
      await wait();
    },
  );
  await client.start(worker('w', options, [size === 1 ? one : many]));
  const held = () => client.workers[0]?.held().all;
  const next = async () => {
    await until('a handler to wait', () => going.length > 0);
    going.shift()?.();
  };
  return { bus, held, going, next };
}

describe('a worker that lost its message', () => {
  it('stores nothing and says nothing to the server, however few attempts are left', async () => {
    const { bus, held, next, going } = await started();
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1);
    await until('the handler to run', () => going.length > 0);
    advance(bus.clock, 1_000);
    await next();
    await until('the message to be let go', () => held() === 0);
    expect(bus.settled).toEqual([]);
    expect(bus.stored).toEqual([]);
    expect(fences).toEqual([{ worker: 'w', stream: 'STUB', ids: ['STUB:w:m'], reason: 'lost' }]);
    await bus.deliver(Sent({ key: 'b' }, { id: 'n' }), 2);
    await next();
    await until('the next message', () => bus.settled.length > 0);
    expect(bus.settled).toEqual(['ack 2#1']);
    expect(bus.stored.map(({ id }) => id)).toEqual(['n:w:0']);
  });

  it('may store what it has when the server gave the message back to it meanwhile', async () => {
    const { bus, next, going } = await started();
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1);
    await until('the handler to run', () => going.length > 0);
    advance(bus.clock, 1_000);
    await bus.deliver(Sent({ key: 'a' }, { id: 'm' }), 1, 2);
    await next();
    await until('the message to be settled', () => bus.settled.length > 0);
    expect(bus.settled).toEqual(['ack 1#2']);
    expect(fences).toEqual([]);
  });

  it('lets go of the lost ones of a batch, and handles the others by themselves', async () => {
    const { bus, next, going } = await started(2);
    await bus.deliver(Sent({ key: 'a' }, { id: 'a' }), 1);
    await bus.deliver(Sent({ key: 'b' }, { id: 'b' }), 2);
    await until('the handler to run', () => going.length > 0);
    advance(bus.clock, 1_000);
    await bus.deliver(Sent({ key: 'b' }, { id: 'b' }), 2, 2);
    await next();
    await next();
    await until('the kept one to be settled', () => bus.settled.length > 0);
    expect(bus.settled).toEqual(['ack 2#2']);
    expect(fences.map(({ ids }) => ids.length)).toEqual([2]);
  });
});
