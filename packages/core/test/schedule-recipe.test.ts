/** What Jetlane relies on in nats-server's message schedules, so that a server that changes it is noticed. */
import { type Server, startServer } from '@jetlane/devserver';
import { JetStreamApiError, jetstream, type StreamConfig } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Admin } from '../src/topology/admin.ts';
import { addStream, adminOf, clear } from './topology-setup.ts';
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
beforeEach(() => clear(admin));

const SCHEDULE = '_jl.ORDERS.sched.billing.1.1';
const TARGET = '_jl.ORDERS.billing.orders.placed.o-1';
const scheduled = { allow_msg_schedules: true, allow_msg_ttl: true } as const;

async function orders(config: Partial<StreamConfig> = {}): Promise<void> {
  const subjects = ['orders.>', '_jl.ORDERS.>'];
  await addStream(admin, { name: 'ORDERS', subjects, ...scheduled, ...config });
}

/** Publishes on the schedule subject, due so many milliseconds from now. */
function later(delayMs: number, more: Record<string, string> = {}, subject = SCHEDULE) {
  const at = new Date(Date.now() + delayMs).toISOString();
  return publish(subject, {
    'Nats-Schedule': `@at ${at}`,
    'Nats-Schedule-Target': TARGET,
    ...more,
  });
}

function publish(subject: string, record: Record<string, string>) {
  const headers = makeHeaders();
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return jetstream(admin.nc).publish(subject, 'body', { headers });
}

const last = (subject: string) => admin.jsm.streams.getMessage('ORDERS', { last_by_subj: subject });

/** The code with which the server refuses something. */
async function refusal(doing: Promise<unknown>): Promise<number | undefined> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof JetStreamApiError ? error.code : undefined;
}

describe('a message that says when it is due', () => {
  it.each(['limits', 'workqueue', 'interest'] as const)(
    'is delivered to its target with what is its own, and gone from the schedule (%s)',
    async (retention) => {
      await orders({ retention });
      for (const filter_subject of ['_jl.ORDERS.billing.>', '_jl.ORDERS.sched.>'])
        if (retention === 'interest' || !filter_subject.includes('sched'))
          await admin.jsm.consumers.add('ORDERS', {
            durable_name: filter_subject.includes('sched') ? 'guard' : 'billing',
            ack_policy: 'explicit',
            filter_subject,
          });
      await later(300, { 'Nats-Msg-Id': 'a', 'Nats-TTL': 'never', 'ce-id': 'b', 'jl-x': 'c' });
      expect(await last(SCHEDULE)).not.toBeNull();
      await until('it to be delivered', async () => (await last(TARGET)) !== null);
      const fired = await last(TARGET);
      const names = [...(fired?.header.keys() ?? [])].sort();
      expect(names).toEqual(['Nats-Schedule-Next', 'Nats-Scheduler', 'ce-id', 'jl-x']);
      expect(fired?.string()).toBe('body');
      await until('it to be gone', async () => (await last(SCHEDULE)) === null);
    },
  );

  it('is replaced by the next one on its subject', async () => {
    await orders();
    await later(3_600_000);
    await later(200, { 'ce-id': 'second' });
    await until('it to be delivered', async () => (await last(TARGET)) !== null);
    expect((await last(TARGET))?.header.get('ce-id')).toBe('second');
    expect((await admin.jsm.streams.info('ORDERS')).state.messages).toBe(1);
  });

  it('is a duplicate under the same id, also once it was delivered', async () => {
    await orders();
    const acks = [
      await later(100, { 'Nats-Msg-Id': 'a' }),
      await later(100, { 'Nats-Msg-Id': 'a' }),
    ];
    await until('it to be delivered', async () => (await last(TARGET)) !== null);
    acks.push(await later(100, { 'Nats-Msg-Id': 'a' }));
    expect(acks.map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
  });

  it('lives for the ttl that it asks for, counted from the delivery', async () => {
    await orders();
    await later(200, { 'Nats-Schedule-TTL': '1s', 'Nats-TTL': 'never' });
    await until('it to be delivered', async () => (await last(TARGET)) !== null);
    expect((await last(TARGET))?.header.get('Nats-TTL')).toBe('1s');
    await until('it to be gone', async () => (await last(TARGET)) === null);
  });

  it('outlives max_age only with a ttl of never, and max_msgs not at all', async () => {
    await orders({ max_age: 500_000_000, duplicate_window: 500_000_000 });
    await later(3_600_000);
    await later(3_600_000, { 'Nats-TTL': 'never' }, '_jl.ORDERS.sched.billing.2.1');
    await until('the first to be gone', async () => (await last(SCHEDULE)) === null);
    expect(await last('_jl.ORDERS.sched.billing.2.1')).not.toBeNull();
    await admin.jsm.streams.update('ORDERS', { max_msgs: 1 });
    await publish('orders.placed.o-2', {});
    expect(await last('_jl.ORDERS.sched.billing.2.1')).toBeNull();
  });

  it('survives a kill of the server and is delivered at once when it is overdue', async () => {
    await orders();
    await later(100);
    await server.restart();
    await until('it to be delivered', async () => (await last(TARGET).catch(() => null)) !== null);
  });

  it('is lost on an interest stream that no consumer keeps it for, and acknowledged', async () => {
    await orders({ retention: 'interest' });
    expect((await later(3_600_000)).seq).toBe(1);
    expect(await last(SCHEDULE)).toBeNull();
  });

  it('may not carry what the server added to another', async () => {
    await orders();
    expect(await refusal(later(1_000, { 'Nats-Scheduler': 'x' }))).toBe(10_212);
  });

  it.each([
    ['@every 500ms', {}],
    ['0 6 * * *', {}],
    ['0 0 6 * * 7', {}],
    ['0 0 6 * * *', { 'Nats-Schedule-Time-Zone': 'Mars/Olympus' }],
  ])('may not come at %s with %o', async (pattern, more) => {
    await orders();
    const refused = await refusal(later(0, { 'Nats-Schedule': pattern, ...more }));
    expect(refused).toBeGreaterThan(10_000);
  });
});

describe('a stream that keeps messages for later', () => {
  it.each<[string, Partial<StreamConfig>, number]>([
    ['discards new messages', { discard: 'new' }, 10_052],
    ['has sources', { sources: [{ name: 'OTHER' }] }, 10_187],
  ])('cannot be one that %s', async (_, config, code) => {
    const subjects = ['orders.>', '_jl.ORDERS.>'];
    const stream = { name: 'ORDERS', subjects, ...scheduled, ...config };
    expect(await refusal(admin.jsm.streams.add(stream))).toBe(code);
  });

  it('stays one', async () => {
    await orders();
    const { config } = await admin.jsm.streams.info('ORDERS');
    const off = { ...config, allow_msg_schedules: false };
    expect(await refusal(admin.jsm.streams.update('ORDERS', off))).toBe(10_052);
  });
});
