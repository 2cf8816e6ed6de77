/** A process that places orders at a fixed rate, whatever the answers are. */
import { call, closeConnections } from '../flow/http.ts';
import { toOrder } from '../flow/order.ts';
import { nowNs } from '../frame/clock.ts';
import { serve } from '../frame/serve.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import { positions } from '../measure/position.ts';
import { type OfferRound, offer } from '../rivals/offer.ts';

/** Where it places them. */
export interface CustomerSetup {
  readonly url: string;
}

/** What it saw. */
export interface CustomerResult {
  readonly placed: number;
  /** Orders that were answered with an error, or not within the limit. */
  readonly refused: number;
  /** From when an order was due to the answer; of those that were accepted. */
  readonly answeredNs: HistogramData;
}

/** People do not wait longer. */
const PATIENCE = { timeoutMs: 10_000, retries: 0 };

serve<CustomerSetup, OfferRound, CustomerResult>(({ url }) => ({
  async round(round, signal) {
    const answered = new Histogram();
    const sender = {
      batchMax: 1,
      callsMax: 1,
      async send(batch: readonly { readonly n: number; readonly sentNs: number }[]) {
        for (const { n, sentNs } of batch) {
          await call(url, toOrder(n, sentNs), PATIENCE);
          answered.record(nowNs() - sentNs);
        }
      },
    };
    // Only the number and the time of a position are used: an order has a body of its own.
    const next = positions({ prefix: 'orders', keys: 1, size: 0 });
    const { sent, failed } = await offer(sender, next, round, signal);
    return { placed: sent, refused: failed, answeredNs: answered.data() };
  },
  async close() {
    closeConnections();
  },
}));
