import {
  type EncodedMessage,
  encodeMessage,
  event,
  JetlaneError,
  msgpack,
  stream,
} from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StubBus } from '../../test/stub-bus.ts';
import { until } from '../../test/until.ts';
import { createClient } from '../client.ts';
import { type Context, on, type Result } from './handler.ts';
import { type WorkerOptions, worker } from './worker.ts';

const Sent = event('Sent', {
  subject: 'sent.{key}',
  schema: z.object({ key: z.string(), n: z.number() }),
});
const Stream = stream('STUB', { subjects: ['sent.>'], messages: [Sent] });
const sent = (n: number) => Sent({ key: 'k', n });

async function started(
  handle: (n: number, context: Context) => Result,
  options: Omit<WorkerOptions<typeof Stream>, 'from'> = {},
) {
  const bus = new StubBus();
  const client = createClient(bus, { codec: msgpack, source: 'test' });
  const reader = worker('reader', { from: Stream, ...options }, [
    on(Sent, ({ data }, context) => handle(data.n, context)),
  ]);
  await client.start(reader);
  return { bus, client, held: () => client.workers[0]?.held().all };
}

describe('a retry that comes late', () => {
  const late = (_: number, { retry }: Context) => retry('1h');

  it('is stored, due by the clock of the schedule, before the message is acknowledged', async () => {
    const { bus, held } = await started(late);
    bus.aheadMs = 5_000;
    const beganMs = Date.now();
    await bus.deliver(sent(1), 1);
    await until('the acknowledgement', () => bus.settled.includes('ack 1#1'));
    const [waiting] = bus.stored;
    expect(waiting?.subject).toBe('_jl.STUB.sched.reader.1.1');
    const due = waiting?.headers['Nats-Schedule']?.slice('@at '.length) ?? '';
    expect(Date.parse(due)).toBeGreaterThanOrEqual(beganMs + 3_605_000);
    expect(Date.parse(due)).toBeLessThanOrEqual(Date.now() + 3_605_000);
    expect(held()).toBe(0);
  });

  it('is left to the consumer when it comes soon, when its lane waits, and when it cannot be stored', async () => {
    const soon = await started((_, { retry }) => retry('2s'));
    const raw = await started(late, { jetstream: { filter_subject: 'sent.>' } });
    const unable = await started(late);
    unable.bus.schedulingProblem = 'it is a mirror';
    const refused = await started(late);
    refused.bus.storeErrors.push(new JetlaneError('STREAM_FULL', 'full'));
    for (const { bus } of [soon, raw, unable, refused]) {
      await bus.deliver(sent(1), 1);
      await until('the message to be given back', () => bus.settled.includes('nak 1#1'));
      expect(bus.stored).toEqual([]);
    }
    const { bus, held } = await started(late, { orderBy: 'key' });
    await bus.deliver(sent(1), 1);
    await until('the lane to wait', () => held() === 1);
    expect([bus.stored, bus.settled]).toEqual([[], []]);
  });

  it('keeps no worker from closing where its lane waits: it goes back at once', async () => {
    const { bus, client, held } = await started(late, { orderBy: 'key' });
    await bus.deliver(sent(1), 1);
    await bus.deliver(sent(2), 2);
    await until('the lane to wait', () => held() === 2);
    const closed = client.close({ timeout: '1h' });
    await until('both to go back', () => bus.settled.length === 2);
    expect(bus.settled).toEqual(['nak 1#1', 'nak 2#1']);
    await closed;
  });

  it('of a message that came back counts on, as the message that it was', async () => {
    const { bus } = await started(late);
    const { headers, ...encoded } = encodeMessage(sent(1), {
      codec: msgpack,
      source: 'test',
      nowMs: 0,
    }) as EncodedMessage;
    const origin = { 'jl-origin-seq': '3', 'jl-origin-time': '9', 'jl-attempt': '1' };
    const subject = `_jl.STUB.reader.${encoded.subject}`;
    bus.deliverEncoded({ ...encoded, subject, headers: { ...headers, ...origin } }, 8);
    await until('the acknowledgement', () => bus.settled.includes('ack 8#1'));
    expect(bus.stored[0]).toMatchObject({
      subject: '_jl.STUB.sched.reader.3.2',
      headers: { 'jl-origin-seq': '3', 'jl-origin-time': '9', 'jl-attempt': '2' },
    });
  });
});
