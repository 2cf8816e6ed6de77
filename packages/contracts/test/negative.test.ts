/**
 * What must not compile. Each case names the words that the compiler prints. The compiler is the test:
 * these functions are never called.
 */
import {
  command,
  event,
  JetlaneError,
  type Message,
  type Outgoing,
  stream,
} from '@jetlane/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';

const Id = z.object({ orderId: z.string() });
const Total = Id.extend({ total: z.number() });
const OrderPlaced = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: Total });
const OrderPaid = event('OrderPaid', { subject: 'orders.paid.{orderId}', schema: Id });
const CardCharged = event('CardCharged', { subject: 'cards.charged.{orderId}', schema: Id });

test.each([definitions, received, streams, errors])(
  'mistakes in $name do not compile',
  (mistakes) => {
    expect(mistakes).toBeTypeOf('function');
  },
);

function definitions(): void {
  // "subject token {nope} is not a field of the payload"
  // @ts-expect-error
  event('E', { subject: 'orders.x.{nope}', schema: Id });
  // @ts-expect-error the same for a command
  command('C', { subject: 'orders.x.{nope}', schema: Id });
  // "payload field "a" must be a required string or number to fill {a}"
  // @ts-expect-error
  event('E', { subject: 'orders.x.{a}', schema: z.object({ a: z.string().optional() }) });
  // @ts-expect-error
  event('E', { subject: 'orders.x.{a}', schema: z.object({ a: z.boolean() }) });
  // "subject "orders.*.x" must use {token} instead of a wildcard or space"
  // @ts-expect-error
  event('E', { subject: 'orders.*.x', schema: Id });
  // @ts-expect-error
  event('E', { subject: 'orders.>', schema: Id });
  // "schema must accept its own output: move the transform into a handler"
  // @ts-expect-error
  event('E', { subject: 'orders.x', schema: z.object({ n: z.string().transform(Number) }) });
  // @ts-expect-error a schema is a Standard Schema
  event('E', { subject: 'orders.x', schema: { parse: () => ({}) } });
  // @ts-expect-error Property 'total' is missing
  OrderPlaced({ orderId: 'o-1' });
  // @ts-expect-error Type 'number' is not assignable to type 'string'
  OrderPlaced({ orderId: 1, total: 1 });
  // @ts-expect-error "30 sec" is not a Duration
  OrderPlaced({ orderId: 'o-1', total: 1 }, { ttl: '30 sec' });
  // @ts-expect-error headers are text
  OrderPlaced({ orderId: 'o-1', total: 1 }, { headers: { attempt: 1 } });
  // @ts-expect-error migrate must return version 2: Property 'currency' is missing
  OrderPlaced.upcast(Total.extend({ currency: z.string() }), (v1) => v1);
  // @ts-expect-error version 2 loses {orderId}, which the subject needs
  OrderPlaced.upcast(z.object({ total: z.number() }), (v1) => v1);
  // @ts-expect-error version 2 must accept its own output
  OrderPlaced.upcast(Total.extend({ n: z.string().transform(Number) }), (v1) => ({
    ...v1,
    n: '1',
  }));
  // @ts-expect-error a definition cannot be changed
  OrderPlaced.version = 2;
}

function received(message: Message<typeof OrderPlaced>): void {
  // @ts-expect-error Property 'nope' does not exist on the data
  void message.data.nope;
  // @ts-expect-error Property 'nope' does not exist on the params
  void message.params.nope;
  // @ts-expect-error params are text
  void (message.params.orderId satisfies number);
  // @ts-expect-error only a definition builds messages
  void ({ type: 'OrderPaid', data: { orderId: 'o-1' }, id: 'x' } satisfies Outgoing);
  // @ts-expect-error the type is OrderPaid
  void (OrderPaid({ orderId: 'o-1' }) satisfies Outgoing<'OrderPlaced'>);
}

function streams(): void {
  // "no subject of this stream covers "orders.placed.{orderId}""
  // @ts-expect-error
  stream('S', { subjects: ['cards.>', 'orders.*'], messages: [CardCharged, OrderPlaced] });
  // @ts-expect-error
  stream('S', { subjects: ['orders.paid.*'], messages: [OrderPlaced] });
  // @ts-expect-error "10GB" is not a Size: write '10GiB'
  stream('S', { subjects: ['orders.>'], messages: [OrderPaid], maxBytes: '10GB' });
  // @ts-expect-error "forever" is no retention
  stream('S', { subjects: ['orders.>'], messages: [OrderPaid], retention: 'forever' });
  // @ts-expect-error 'retentoin' does not exist in the options
  stream('S', { subjects: ['orders.>'], messages: [OrderPaid], retentoin: 'limits' });
  // "not every message of this stream has the subject token {region}"
  const region = { by: 'region', count: 4 } as const;
  // @ts-expect-error
  stream('S', { subjects: ['orders.>'], messages: [OrderPaid], partitions: region });
  const noCount = { by: 'orderId' } as const;
  // @ts-expect-error Property 'count' is missing
  stream('S', { subjects: ['orders.>'], messages: [OrderPaid], partitions: noCount });
  // @ts-expect-error Property 'subjects' is missing
  stream('S', { messages: [OrderPaid] });
  // @ts-expect-error a message is an event or command
  stream('S', { subjects: ['orders.>'], messages: [Id] });
}

function errors(): void {
  // @ts-expect-error 'TIMEOUT' is no ErrorCode
  new JetlaneError('TIMEOUT', 'too late');
}
