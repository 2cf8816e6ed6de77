/** What travels: messages, and the stream that keeps them. Importing it connects to nothing. */
import { event, stream } from '@jetlane/core';
import { z } from 'zod';

export const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string(), customerId: z.string(), total: z.number().positive() }),
});

export const OrderBilled = event('OrderBilled', {
  subject: 'orders.billed.{orderId}',
  schema: z.object({ orderId: z.string(), customerId: z.string(), amount: z.number() }),
});

export const Orders = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [OrderPlaced, OrderBilled],
  maxAge: '30d',
});
