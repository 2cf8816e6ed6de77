/** The order flow that is measured both ways, and what each of its messages is. */
import { event, stream } from '@jetlane/core';
import { z } from 'zod';

/** A way to put the flow together. */
export type Style = 'rest' | 'events';

/** Both, in the order of the table. */
export const STYLES: readonly Style[] = ['rest', 'events'];

/** Its services, in the order in which an order passes them. */
export type ServiceName = 'orders' | 'inventory' | 'payment';

/** An order on its way. */
export interface Order {
  readonly n: number;
  /** When the customer meant to place it, on the host's monotonic clock. */
  readonly dueNs: number;
  readonly sku: string;
  readonly cents: number;
}

/** Its messages, and the stream that keeps them. */
export function flowMessages(name: string) {
  const prefix = name.toLowerCase();
  const schema = z.object({
    n: z.number(),
    dueNs: z.number(),
    sku: z.string(),
    cents: z.number(),
  });
  const OrderPlaced = event('OrderPlaced', { subject: `${prefix}.placed.{n}`, schema });
  const StockReserved = event('StockReserved', { subject: `${prefix}.reserved.{n}`, schema });
  const Flow = stream(name, {
    subjects: [`${prefix}.>`],
    messages: [OrderPlaced, StockReserved],
  });
  return { Flow, OrderPlaced, StockReserved };
}

/** Order number `n`. */
export function toOrder(n: number, dueNs: number): Order {
  return { n, dueNs, sku: `sku-${n % 500}`, cents: 1_000 + (n % 900) };
}
