import { on, worker } from '@jetlane/core';
import { OrderBilled, Orders } from './contracts.ts';

/** Tells customers. One customer's messages go out one at a time and in order; those of different customers in parallel. */
export const confirmations = worker(
  'confirmations',
  { from: Orders, orderBy: ({ data }) => data.customerId },
  [
    on(OrderBilled, ({ data }) => {
      console.log(`wrote to ${data.customerId} about ${data.orderId}`);
    }),
  ],
);
