import {
  command,
  type DataOf,
  type Definition,
  event,
  type Message,
  type MessageOf,
  type MessagesOf,
  type Outgoing,
  type SharedTokens,
  stream,
  type Tokens,
} from '@jetlane/contracts';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

const Total = z.object({ orderId: z.string(), total: z.number(), note: z.string().default('') });
const OrderPlaced = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: Total });
const CardCharged = command('CardCharged', {
  subject: 'orders.{kind}.{orderId}',
  schema: v.object({ kind: v.picklist(['card']), orderId: v.number() }),
});
const StockTaken = event('StockTaken', {
  subject: 'stock.taken.{sku}',
  schema: type({ sku: 'string', 'count?': 'number' }),
});

describe('types', () => {
  test('a definition knows its name, subject, input and output', () => {
    type Out = { orderId: string; total: number; note: string };
    type In = { orderId: string; total: number; note?: string | undefined };
    expectTypeOf(OrderPlaced).toEqualTypeOf<
      Definition<'OrderPlaced', 'orders.placed.{orderId}', In, Out>
    >();
    expectTypeOf<DataOf<typeof OrderPlaced>>().toEqualTypeOf<Out>();
    expectTypeOf(OrderPlaced({ orderId: 'o-1', total: 1 })).toEqualTypeOf<
      Outgoing<'OrderPlaced'>
    >();
    expectTypeOf<DataOf<typeof StockTaken>>().toEqualTypeOf<{ sku: string; count?: number }>();
  });

  test('a message has the data, and the tokens of the subject as text', () => {
    type Charged = Message<typeof CardCharged>;
    expectTypeOf<Charged['data']>().toEqualTypeOf<{ kind: 'card'; orderId: number }>();
    expectTypeOf<Charged['params']>().toEqualTypeOf<Readonly<Record<'kind' | 'orderId', string>>>();
    expectTypeOf<Charged['type']>().toEqualTypeOf<'CardCharged'>();
  });

  test('a handler of several definitions narrows by type', () => {
    const read = (message: MessageOf<typeof OrderPlaced | typeof CardCharged>) =>
      message.type === 'CardCharged' ? message.data.kind : message.data.total;
    expectTypeOf(read).returns.toEqualTypeOf<'card' | number>();
  });

  test('tokens are found, and shared ones told', () => {
    expectTypeOf<Tokens<'a.{b}.c.{d}'>>().toEqualTypeOf<'b' | 'd'>();
    expectTypeOf<Tokens<'a.b'>>().toEqualTypeOf<never>();
    expectTypeOf<
      SharedTokens<typeof OrderPlaced | typeof CardCharged>
    >().toEqualTypeOf<'orderId'>();
    expectTypeOf<SharedTokens<typeof OrderPlaced | typeof StockTaken>>().toEqualTypeOf<never>();
  });

  test('upcast gives the new input and output', () => {
    const Next = OrderPlaced.upcast(Total.extend({ currency: z.string() }), (old) => {
      expectTypeOf(old).toEqualTypeOf<{ orderId: string; total: number; note: string }>();
      return { ...old, currency: 'EUR' };
    });
    expectTypeOf<DataOf<typeof Next>['currency']>().toEqualTypeOf<string>();
  });

  test('a stream knows its name and messages', () => {
    const Orders = stream('ORDERS', {
      subjects: ['orders.>'],
      messages: [OrderPlaced, CardCharged],
    });
    expectTypeOf(Orders.name).toEqualTypeOf<'ORDERS'>();
    expectTypeOf<MessagesOf<typeof Orders>['type']>().toEqualTypeOf<
      'OrderPlaced' | 'CardCharged'
    >();
    const messages = [OrderPlaced, StockTaken];
    stream('COPY', { subjects: [], messages, mirror: { name: 'ORDERS' } });
    stream('ALL', { subjects: ['>'], messages });
    const subjects: string[] = ['orders.>', 'stock.>'];
    stream('LOOSE', { subjects, messages });
  });
});
