import {
  type AnyStream,
  event,
  type Message,
  type StreamSettings,
  stream,
} from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { connect } from '../src/connect.ts';
import { NatsDelivery } from '../src/nats/nats-delivery.ts';
import { Publisher } from '../src/nats/publisher.ts';
import type { Admin } from '../src/topology/admin.ts';
import { GUARD } from '../src/topology/schedule-guard.ts';
import { on } from '../src/worker/handler.ts';
import { type WorkerOptions, worker } from '../src/worker/worker.ts';
import { addStream, adminOf } from './topology-setup.ts';
import { until } from './until.ts';

let server: Server;
let admin: Admin;

beforeAll(async () => {
  server = await startServer();
  admin = await adminOf(server.url);
});
afterAll(async () => {
  await admin.nc.close();
  await server.stop();
});

/** Later than what a worker lets wait in a slot. */
const LONG = '2100ms';
let count = 0;

/** A stream of its own for each test, and a worker on it that notes what it gets. */
async function setUp({
  settings = {},
  options = {},
  handle,
}: {
  settings?: StreamSettings;
  options?: Pick<WorkerOptions<AnyStream>, 'ackWait' | 'maxAckPending' | 'retry'>;
  handle: (message: Message, retry: () => never) => void;
}) {
  const name = `s${++count}`;
  const Sent = event(`Sent${name}`, {
    subject: `${name as 's'}.sent.{key}`,
    schema: z.object({ key: z.string() }),
  });
  const Stream = stream(name.toUpperCase(), {
    ...settings,
    subjects: [`${name as 's'}.>`],
    messages: [Sent],
  });
  const client = await connect({ servers: server.url });
  const seen: Message[] = [];
  const reader = worker(`reader-${name}`, { from: Stream, ...options }, [
    on(Sent, (message, { retry }) => {
      seen.push(message as Message);
      handle(message as Message, () => retry(LONG));
    }),
  ]);
  await client.start(reader);
  const waiting = async () => {
    const filter = { subjects_filter: `_jl.${Stream.name}.sched.>` };
    const { state } = await admin.jsm.streams.info(Stream.name, filter);
    return Object.keys(state.subjects ?? {});
  };
  const buried = async () => {
    const filter = { subjects_filter: `_jl.dlq.${Stream.name}.>` };
    const info = await admin.jsm.streams.info('DLQ', filter);
    return info.state.subjects?.[`_jl.dlq.${Stream.name}.reader-${name}`] ?? 0;
  };
  const [own] = client.workers;
  const ackPending = async () => (await own?.state())?.ackPending;
  return { client, Sent, Stream, reader, seen, waiting, buried, ackPending };
}

describe('a retry that comes late', () => {
  it('waits on a subject of its worker, position and attempt, and holds no slot', async () => {
    const { client, Sent, Stream, reader, seen, waiting, ackPending } = await setUp({
      handle: ({ attempt }, retry) => attempt < 3 && retry(),
    });
    const { seq } = await client.publish(Sent({ key: 'k' }));
    const first = `_jl.${Stream.name}.sched.${reader.name}.${seq}.1`;
    await until('it to wait', async () => (await waiting()).join() === first);
    await until('its slot to be free', async () => (await ackPending()) === 0);
    const second = `_jl.${Stream.name}.sched.${reader.name}.${seq}.2`;
    await until('it to wait again', async () => (await waiting()).join() === second);
    await until('the third call', () => seen.length === 3);
    await until('nothing to wait', async () => (await waiting()).length === 0);
    await client.close();
  });

  it('is handled at most once more when its process dies before the acknowledgement, and buried once', async () => {
    const { ack } = NatsDelivery.prototype;
    let died = false;
    const acknowledge = vi.spyOn(NatsDelivery.prototype, 'ack');
    acknowledge.mockImplementation(function (this: NatsDelivery) {
      if (died || this.subject.startsWith('_jl.')) ack.call(this);
      died ||= !this.subject.startsWith('_jl.');
    });
    const { client, Sent, seen, buried } = await setUp({
      options: { ackWait: '500ms', retry: { attempts: 3 } },
      handle: (_, retry) => retry(),
    });
    const { seq } = await client.publish(Sent({ key: 'k' }));
    await until('it to be buried', async () => (await buried()) === 1);
    // Whatever still waits has come by then.
    await client.publish(Sent({ key: 'last' }, { delay: '4s' }));
    await until('a later message', () =>
      seen.some(({ data }) => (data as { key: string }).key === 'last'),
    );
    acknowledge.mockRestore();
    const calls = seen.filter((message) => message.seq === seq);
    expect(calls.map(({ attempt }) => attempt).sort()).toEqual([1, 2, 2, 3]);
    expect(await buried()).toBe(1);
    await client.close();
  });

  it('survives a kill of the server', async () => {
    const { client, Sent, seen, waiting } = await setUp({
      handle: ({ attempt }, retry) => attempt === 1 && retry(),
    });
    const messages = Array.from({ length: 20 }, (_, n) => Sent({ key: `k${n}` }));
    await client.publish(messages);
    await until('all to wait', async () => (await waiting()).length === 20);
    await server.restart();
    await until('all to come back', () => seen.filter(({ attempt }) => attempt > 1).length >= 20);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(messages.map(({ id }) => id)));
    await client.close();
  });

  it('comes back to a message that a replay had brought', async () => {
    const { client, Sent, reader, seen, buried } = await setUp({
      options: { retry: { attempts: 2 } },
      handle: ({ attempt }, retry) => (seen.length < 3 || attempt === 1) && retry(),
    });
    const { id } = Sent({ key: 'k' });
    await client.publish(Sent({ key: 'k' }, { id }));
    await until('it to be buried', async () => (await buried()) === 1);
    await client.deadLetters.replay({ worker: reader.name });
    await until('the second try of the replay', () => seen.length === 4);
    expect(seen.map((message) => message.id)).toEqual([id, id, id, id]);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
    expect(seen[3]?.seq).toBe(seen[2]?.seq);
    expect(seen[3]?.time).toEqual(seen[2]?.time);
    expect(seen[3]?.headers).toEqual(seen[2]?.headers);
    await client.close();
  });

  it('stays in its slot when it cannot be stored elsewhere', async () => {
    const store = Publisher.prototype.store;
    const refuse = vi.spyOn(Publisher.prototype, 'store').mockImplementation(function (
      this: Publisher,
      message,
    ) {
      if (message.subject.includes('.sched.')) throw new Error('refused');
      return store.call(this, message);
    });
    const { client, Sent, seen, ackPending } = await setUp({
      handle: ({ attempt }, retry) => attempt === 1 && retry(),
    });
    await client.publish(Sent({ key: 'k' }));
    await until('it to hold its slot', async () => (await ackPending()) === 1 && seen.length === 1);
    await until('the second call', () => seen.length === 2);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]);
    refuse.mockRestore();
    await client.close();
  });

  it.each<[string, StreamSettings]>([
    ['a limit per subject could drop it', { maxMsgsPerSubject: 2 }],
    ['the server allows no schedules', { discard: 'new', maxMsgs: 1_000 }],
  ])('stays in its slot where %s', async (_, settings) => {
    const { client, Sent, seen, waiting, ackPending } = await setUp({
      settings,
      handle: ({ attempt }, retry) => attempt === 1 && retry(),
    });
    await client.publish(Sent({ key: 'k' }));
    await until('it to hold its slot', async () => (await ackPending()) === 1 && seen.length === 1);
    expect(await waiting()).toEqual([]);
    await until('the second call', () => seen.length === 2);
    await client.close();
  });

  it('stays in its slot on an interest stream whose guard is missing', async () => {
    const { client, Sent, Stream, seen, ackPending } = await setUp({
      settings: { retention: 'interest' },
      handle: ({ attempt }, retry) => attempt === 1 && retry(),
    });
    await admin.jsm.consumers.delete(Stream.name, GUARD);
    await expect(client.publish(Sent({ key: 'k' }, { delay: '1s' }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(GUARD),
    });
    await client.publish(Sent({ key: 'k' }));
    await until('it to hold its slot', async () => (await ackPending()) === 1 && seen.length === 1);
    await until('the second call', () => seen.length === 2);
    await client.close();
  });

  it('leaves its slot, and messages can be delayed, once a stream of an older version is started', async () => {
    const { client, Sent, Stream } = await setUp({ handle: () => {} });
    const { config } = await admin.jsm.streams.info(Stream.name);
    await client.close();
    await admin.jsm.streams.delete(Stream.name);
    await addStream(admin, { ...config, allow_msg_schedules: false });
    await using next = await connect({ servers: server.url });
    const late = () => next.publish(Sent({ key: 'k' }, { delay: '1h' }));
    await expect(late()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await next.start(Stream);
    expect((await late()).stream).toBe(Stream.name);
  });

  it('does not outlive its message', async () => {
    const { client, Sent, seen, waiting } = await setUp({ handle: (_, retry) => retry() });
    await client.publish(Sent({ key: 'k' }, { ttl: '1s' }));
    await client.publish(Sent({ key: 'last' }, { delay: '3s' }));
    await until('a later message', () => seen.length === 2);
    expect((await waiting()).filter((subject) => subject.endsWith('.1.1'))).toEqual([]);
    await client.close();
  });
});

it('200 poisons that come late never stall 500 healthy messages under 50 slots', async () => {
  const { client, Sent, seen, ackPending } = await setUp({
    options: { maxAckPending: 50, retry: { minDelay: '1h', maxDelay: '2h' } },
    handle: ({ data }) => {
      if ((data as { key: string }).key === 'poison') throw new Error('poison');
    },
  });
  await client.publish(Array.from({ length: 200 }, () => Sent({ key: 'poison' })));
  await client.publish(Array.from({ length: 500 }, () => Sent({ key: 'healthy' })));
  await until('all to be handled', () => seen.length === 700);
  await until('no slot to be held', async () => (await ackPending()) === 0);
  await client.close();
});
