/** What must not compile. Each case names the words that the compiler prints. Never run: compiling is the test. */
import { command, event, JetlaneError, stream } from '@jetlane/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Inbox } from '../src/inbox/inbox.ts';
import { kvInbox } from '../src/inbox/kv-inbox.ts';
import { kv } from '../src/kv/kv.ts';
import { memory } from '../src/memory/memory.ts';
import { type Context, on, onBatch } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';

const Id = z.object({ orderId: z.string() });
const Total = Id.extend({ total: z.number() });
const OrderPlaced = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: Total });
const OrderPaid = event('OrderPaid', { subject: 'orders.paid.{orderId}', schema: Id });
const CardCharged = event('CardCharged', { subject: 'cards.charged.{orderId}', schema: Id });
const PayOrder = command('PayOrder', { subject: 'cmd.pay.{orderId}', schema: Id });
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [OrderPlaced, OrderPaid] });
const Shared = stream('SHARED', {
  subjects: ['orders.>'],
  messages: [OrderPlaced, OrderPaid],
  partitions: { by: 'orderId', count: 4 },
});
const client = memory();

/** A transaction of some other inbox. */
interface Sql {
  query(text: string): void;
}
const sqlInbox: Inbox<Sql> = { once: async () => [] };

const mistakes = () => {
  // @ts-expect-error Property 'nope' does not exist
  on(OrderPlaced, ({ data }) => data.nope);
  // @ts-expect-error Property 'nope' does not exist
  on(OrderPlaced, ({ params }) => void params.nope);
  // @ts-expect-error a handler returns messages or nothing: Type 'number' is not assignable
  on(OrderPlaced, ({ data }) => data.total);
  // "stream ORDERS does not carry CardCharged"
  // @ts-expect-error
  worker('w', { from: Orders }, [on(OrderPaid, () => {}), on(CardCharged, () => {})]);
  // @ts-expect-error
  worker('w', { from: Orders }, [onBatch(CardCharged, { size: 9, within: '1s' }, () => {})]);
  // @ts-expect-error Type '"sku"' is not assignable to type '"orderId" | ((message) => string)'
  worker('w', { from: Orders, orderBy: 'sku' }, [on(OrderPaid, () => {})]);
  // "stream ORDERS has no partitions"
  // @ts-expect-error
  worker('w', { from: Orders, partitioned: true }, [on(OrderPaid, () => {})]);
  // @ts-expect-error 'region' does not exist in the filter
  worker('w', { from: Orders, filter: { region: 'eu' } }, [on(OrderPaid, () => {})]);
  // @ts-expect-error 'tx' is of type 'unknown': the worker has no inbox
  worker('w', { from: Orders }, [on(OrderPaid, (_, { tx }) => void tx.get('k'))]);
  // @ts-expect-error Property 'nope' does not exist on type 'InboxTx'
  worker('w', { from: Orders, inbox: kvInbox('i') }, [on(OrderPaid, (_, { tx }) => tx.nope())]);
  worker('w', { from: Orders, inbox: kvInbox('i') }, [
    // @ts-expect-error Property 'query' does not exist on type 'InboxTx'
    onBatch(OrderPaid, { size: 9, within: '1s' }, (_, { tx }) => void tx.query('')),
  ]);
  const needsSql = on(OrderPaid, (_, { tx }: Context<Sql>) => void tx.query(''));
  // @ts-expect-error Type 'InboxTx' is not assignable to type 'Sql'
  worker('w', { from: Orders, inbox: kvInbox('i') }, [needsSql]);
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  void client.kv(kv('totals', { schema: Total })).put('o-1', { orderId: 'o-1', total: '42' });
  // "schema must accept its own output: move the transform into a handler"
  // @ts-expect-error
  kv('totals', { schema: z.string().transform(Number) });
  // @ts-expect-error "30 sec" is not a Duration
  worker('w', { from: Orders, ackWait: '30 sec' }, [on(OrderPaid, () => {})]);
  // @ts-expect-error only messages can be published
  void client.publish({ type: 'OrderPaid', data: { orderId: 'o-1' } });
  // @ts-expect-error Property 'total' is missing
  void client.publish(OrderPlaced({ orderId: 'o-1' }));
  // @ts-expect-error 'TIMEOUT' is no ErrorCode
  throw new JetlaneError('TIMEOUT', 'too late');
};

const fine = () => {
  worker('w', { from: Orders, orderBy: 'orderId', filter: { orderId: ['a', 'b'] } }, [
    on(OrderPlaced, ({ data, params }) => OrderPaid({ orderId: data.orderId + params.orderId })),
    onBatch(OrderPaid, { size: 9, within: '1s' }, (paid) => paid.map(({ data }) => PayOrder(data))),
  ]);
  worker('w', { from: Shared, partitioned: true }, [on(OrderPaid, () => {})]);
  worker('w', { from: Orders, inbox: kvInbox('i') }, [
    on(OrderPaid, async ({ data }, { tx }) => tx.put(data.orderId, await tx.get<number>('k'))),
    onBatch(OrderPlaced, { size: 9, within: '1s' }, (all, { tx }) => tx.put('all', all.length)),
  ]);
  worker('w', { from: Orders, inbox: sqlInbox }, [on(OrderPaid, (_, { tx }) => tx.query(''))]);
  worker('w', { from: Orders, filter: 'orders.>' }, [
    on(Orders.messages, ({ data }) => void data.orderId),
  ]);
};

it('mistakes do not compile, and what is right does', () => {
  expect([typeof mistakes, typeof fine]).toEqual(['function', 'function']);
});
