import { on, worker } from '@jetlane/core';
import { OrderBilled, OrderPlaced, Orders } from './contracts.ts';

const LIMIT = 1000;

/**
 * Charges each order that is placed. What it returns is stored before the order counts as done, so that a crash in between loses
 * nothing; what throws is tried five times in all.
 */
export const billing = worker('billing', { from: Orders, retry: { attempts: 5 } }, [
  on(OrderPlaced, ({ data }, context) => {
    const { orderId, customerId, total } = data;
    // No second try would change it: it becomes a dead letter at once.
    if (total > LIMIT) context.reject(`${total} is over the limit of ${LIMIT}`);
    console.log(`charged ${total} for ${orderId}`);
    return OrderBilled({ orderId, customerId, amount: total });
  }),
]);
