import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { diagnostics, type FailEvent } from '../src/diagnostics.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

let server: Server;
let client: Client;
let connection: Connection;

beforeEach(async () => {
  server = await startServer();
  client = await connect({ servers: server.url });
  connection = await open({ servers: server.url });
});

afterEach(async () => {
  await client.close();
  await connection.nc.close();
  await server.stop();
});

/** A worker that notes the numbers of the orders that it handled. */
function noting(name: string, options: Partial<Parameters<typeof worker>[1]> = {}) {
  const handled: number[] = [];
  const definition = worker(name, { ...options, from: Orders } as { from: typeof Orders }, [
    on(OrderPlaced, ({ data: { number } }) => {
      handled.push(number);
    }),
  ]);
  return { handled, definition };
}

const orders = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => order(from + index));

describe('worker on a nats-server', () => {
  it('binds a durable consumer that is never exhausted', async () => {
    await client.start(noting('billing', { maxAckPending: 77 }).definition);
    const { config } = await connection.jsm.consumers.info('ORDERS', 'billing');
    expect(config).toMatchObject({
      durable_name: 'billing',
      ack_policy: 'explicit',
      max_deliver: -1,
      max_ack_pending: 77,
      metadata: {
        jetlane: '1',
        'jetlane-filters': 'orders.placed.* _jl.ORDERS.billing.>',
      },
    });
  });

  it('is sent its whole stream and skips what is not for it', async () => {
    const billing = noting('billing');
    await client.start(billing.definition);
    connection.nc.publish('_jl.ORDERS.other.orders.placed.1', 'for another');
    connection.nc.publish('orders.audited.1', 'not declared');
    await client.publish(order(1));
    await until('the message', () => billing.handled.length === 1);
    const state = async () => await connection.jsm.consumers.info('ORDERS', 'billing');
    await until('all to be settled', async () => (await state()).num_ack_pending === 0);
    const { ack_floor, num_pending } = await state();
    expect({ done: ack_floor.stream_seq, left: num_pending }).toEqual({ done: 3, left: 0 });
    expect(billing.handled).toHaveLength(1);
  });

  it('never has more delivered than it has room for', async () => {
    let open: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let running = 0;
    const slow = worker('slow', { from: Orders, concurrency: 3 }, [
      on(OrderPlaced, async () => {
        running++;
        await opened;
      }),
    ]);
    await client.start(slow);
    await client.publish(orders(0, 200));
    await until('three handlers to run', () => running === 3);
    const { num_ack_pending } = await connection.jsm.consumers.info('ORDERS', 'slow');
    expect(num_ack_pending).toBeLessThanOrEqual(12);
    expect(running).toBe(3);
    open();
    await until('all to be handled', () => running === 200);
  });

  it('keeps a message from redelivery while its handler runs longer than the ack wait', async () => {
    const attempts: number[] = [];
    const slow = worker('slow', { from: Orders, ackWait: '1s', timeout: '10s' }, [
      on(OrderPlaced, async ({ attempt }) => {
        attempts.push(attempt);
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }),
    ]);
    await client.start(slow);
    await client.publish(order(1));
    const state = async () => connection.jsm.consumers.info('ORDERS', 'slow');
    await until('the ack', async () => (await state()).ack_floor.stream_seq === 1);
    expect(attempts).toEqual([1]);
  });

  it('goes on after the broker was killed and restarted', async () => {
    const { handled, definition } = noting('billing');
    await client.start(definition);
    await client.publish(orders(0, 100));
    await until('the first hundred', () => handled.length >= 100);
    await server.restart();
    await client.publish(orders(100, 100));
    await until('the second hundred', () => new Set(handled).size === 200);
  });

  it('makes its durable anew, from where it was, when somebody deletes it', async () => {
    const { handled, definition } = noting('billing');
    await client.start(definition);
    await client.publish(orders(0, 50));
    await until('the first fifty', () => handled.length === 50);
    await connection.jsm.consumers.delete('ORDERS', 'billing');
    await client.publish(orders(50, 50));
    await until('the others', () => new Set(handled).size === 100);
  });

  it('handles nothing twice without acks, though somebody deletes its durable', async () => {
    const { handled, definition } = noting('billing', { ackPolicy: 'none' });
    await client.start(definition);
    await client.publish(orders(0, 50));
    await until('the first fifty', () => handled.length === 50);
    await connection.jsm.consumers.delete('ORDERS', 'billing');
    await client.publish(orders(50, 50));
    await until('the others', () => new Set(handled).size === 100);
    expect(handled).toHaveLength(100);
    const { config } = await connection.jsm.consumers.info('ORDERS', 'billing');
    expect(config.ack_policy).toBe('none');
  });

  it('stops, loudly, when its stream is deleted', async () => {
    const failures: FailEvent[] = [];
    const listen = (event: unknown) => failures.push(event as FailEvent);
    diagnostics.fail.subscribe(listen);
    await client.start(noting('billing').definition);
    await connection.jsm.streams.delete('ORDERS');
    await until('the failure', () => failures.length === 1);
    diagnostics.fail.unsubscribe(listen);
    expect(failures[0]).toMatchObject({
      worker: 'billing',
      stream: 'ORDERS',
      error: { code: 'STREAM_GONE' },
    });
  });

  it('buries what no Jetlane publisher wrote and cannot be read, while the rest flows', async () => {
    const { handled, definition } = noting('billing');
    await client.start(definition);
    await connection.js.publish('orders.placed.o-x', new Uint8Array([0xc1, 0xff]));
    await connection.js.publish('orders.placed.o-y', JSON.stringify({ orderId: 'o-y', number: 7 }));
    await client.publish(order(1));
    await until('the readable ones', () => handled.length === 2);
    expect(handled.toSorted()).toEqual([1, 7]);
    await until('the dead letter', async () => (await deadLetters()) === 1);
    const record = await connection.jsm.streams.getMessage('DLQ', {
      last_by_subj: '_jl.dlq.ORDERS.billing',
    });
    expect(record?.data).toEqual(new Uint8Array([0xc1, 0xff]));
    expect(record?.header.get('jl-reason')).toBe('unreadable');
    expect(record?.header.get('jl-error-code')).toBe('DECODE_FAILED');
  });

  it('keeps the original until its dead letter is stored', async () => {
    const failing = worker('failing', { from: Orders, retry: { attempts: 1 } }, [
      on(OrderPlaced, () => {
        throw new Error('no');
      }),
    ]);
    await client.start(failing);
    const { config } = await connection.jsm.streams.info('DLQ');
    await connection.jsm.streams.update('DLQ', { ...config, max_msgs: 1 });
    await client.publish(orders(0, 2));
    await until('one record', async () => (await deadLetters()) === 1);
    const pending = async () =>
      (await connection.jsm.consumers.info('ORDERS', 'failing')).num_ack_pending;
    await until('only the other original to be out', async () => (await pending()) === 1);
    await connection.jsm.streams.update('DLQ', { ...config, max_msgs: -1 });
    await until('the other record', async () => (await deadLetters()) === 2);
    await until('the original to be settled', async () => (await pending()) === 0);
  });

  it('handles what it fetched before it closes', async () => {
    const handled: number[] = [];
    const slow = worker('slow', { from: Orders, concurrency: 2 }, [
      on(OrderPlaced, async ({ data: { number } }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        handled.push(number);
      }),
    ]);
    await client.start(slow);
    await client.publish(orders(0, 100));
    await until('some work', () => handled.length > 0);
    await client.close();
    const { num_ack_pending, delivered } = await connection.jsm.consumers.info('ORDERS', 'slow');
    expect(num_ack_pending).toBe(0);
    expect(handled.length).toBe(delivered.consumer_seq);
  });

  it('hands what it did not get to before half of the timeout to another process', async () => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const begun: number[] = [];
    const first = worker('billing', { from: Orders, concurrency: 1 }, [
      on(OrderPlaced, async ({ data: { number } }) => {
        begun.push(number);
        await released;
      }),
    ]);
    await client.start(first);
    await client.publish(orders(0, 4));
    await until('the first to begin', () => begun.length === 1);
    const closing = client.close({ timeout: '2s' });
    const { handled, definition } = noting('billing', { concurrency: 1 });
    const other = await connect({ servers: server.url });
    await other.start(definition);
    await until('the rest', () => handled.length === 3);
    release();
    await closing;
    expect([...begun, ...handled].toSorted()).toEqual([0, 1, 2, 3]);
    await other.close();
  });

  it('goes on at once, in order, with what an ordered worker gave back as it closed', async () => {
    const lanes = { orderBy: 'orderId', concurrency: 1, ackWait: '1m' } as const;
    const begun: number[] = [];
    const first = worker('billing', { from: Orders, ...lanes }, [
      on(OrderPlaced, async ({ data: { number } }) => {
        begun.push(number);
        await new Promise(() => {});
      }),
    ]);
    const leaving = await connect({ servers: server.url });
    await leaving.start(first);
    await client.publish(orders(0, 8));
    await until('the first to begin', () => begun.length === 1);
    await leaving.close({ timeout: '200ms' });
    const { handled, definition } = noting('billing', lanes as object);
    await client.start(definition);
    await until('all orders, long before the ack wait is over', () => handled.length === 8);
    expect(handled).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

async function deadLetters(): Promise<number> {
  const { state } = await connection.jsm.streams.info('DLQ');
  return state.messages;
}
