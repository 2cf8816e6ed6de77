/** Dead letters on a server of the test's own. */
import { stream } from '@jetlane/contracts';
import { jetstream, type StoredMsg } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import type { DeadLetter, DeadLetterFilter } from '../src/dead-letters/dead-letter.ts';
import { deadLetters } from '../src/dead-letters/dead-letters.ts';
import { toRecord } from '../src/dead-letters/record.ts';
import type { Admin } from '../src/topology/admin.ts';
import { prepare } from '../src/topology/prepare.ts';
import { Placed, specOf } from './topology-setup.ts';

export const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed] });
export const Queue = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [Placed],
  retention: 'workqueue',
});

/** Makes a stream with these workers. */
export async function setUp(admin: Admin, source = Orders, ...names: string[]): Promise<void> {
  const workers = names.map((name, i) =>
    specOf(name, source, { filters: names.length > 1 ? [`orders.${i}.>`] : ['orders.>'] }),
  );
  await prepare(admin, { streams: [source], workers }, 'apply');
}

/** Publishes a message and buries it as its worker would. */
export async function bury(
  admin: Admin,
  worker: string,
  error: unknown = new Error('card declined'),
  headers: Record<string, string> = { 'ce-id': 'o-1', tenant: 'a' },
  payload = new TextEncoder().encode('body'),
): Promise<number> {
  const js = jetstream(admin.nc);
  const { seq } = await js.publish('orders.placed.1', payload);
  const record = toRecord(
    { subject: 'orders.placed.1', payload, seq, timeMs: Date.now(), headers: () => headers },
    { name: worker, stream: Orders, deadLetter: 'DLQ' },
    { reason: 'attempts-exhausted', error, attempt: 5, nowMs: Date.now() },
  );
  const hdrs = makeHeaders();
  for (const [name, value] of Object.entries(record.headers)) hdrs.set(name, value);
  return (await js.publish(record.subject, record.payload, { headers: hdrs })).seq;
}

/** All that a filter means. */
export async function all(
  admin: Admin,
  filter: DeadLetterFilter & { readonly limit?: number } = {},
): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of deadLetters(admin).list(filter)) found.push(letter);
  return found;
}

/** Replays for a worker that its stream holds. */
export async function replayMessages(admin: Admin, worker: string): Promise<StoredMsg[]> {
  const found: StoredMsg[] = [];
  const { state } = await admin.jsm.streams.info('ORDERS');
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await admin.jsm.streams.getMessage('ORDERS', { seq });
    if (message?.subject.startsWith(`_jl.ORDERS.${worker}.`)) found.push(message);
  }
  return found;
}

/** The same, as far as tests look at them. */
export async function replaysOf(
  admin: Admin,
  worker: string,
): Promise<{ subject: string; id: string; headers: string[] }[]> {
  return (await replayMessages(admin, worker)).map(({ subject, header }) => ({
    subject,
    id: header.get('Nats-Msg-Id'),
    headers: [...header.keys()].filter((name) => !name.startsWith('Nats-Batch')).sort(),
  }));
}

/** Takes messages as a worker would, at least `count`, until no more come; their ids. */
export async function handleAll(admin: Admin, worker: string, count: number): Promise<string[]> {
  const consumer = await jetstream(admin.nc).consumers.get('ORDERS', worker);
  const ids: string[] = [];
  for (;;) {
    const message = await consumer.next({ expires: 1_000 });
    if (message === null && ids.length >= count) return ids;
    if (message === null) continue;
    ids.push(message.headers?.get('Nats-Msg-Id') ?? '');
    await message.ackAck();
  }
}
