/** The stream that core's integration tests run on. */
import { event, stream } from '@jetlane/contracts';
import { z } from 'zod';

/** One numbered order. */
export const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string(), number: z.number() }),
});

/** Holds them. */
export const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [OrderPlaced] });

/** Order number `number`. */
export const order = (number: number) => OrderPlaced({ orderId: `o-${number}`, number });
