/** A small app on a real nats-server with a studio before it: what the tests of the page look at. */
import { app, type Client, connect, event, on, open, stream, worker } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { serveStudio } from '@jetlane/studio';
import { z } from 'zod';

/** Markup that must stay text wherever it stands: it would say `owned` in the title. */
export const markup = '<img src=x onerror="document.title=\'owned\'">';

/** With a note that may hold anything. A total below zero cannot be charged. */
const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({
    orderId: z.string(),
    total: z.number(),
    note: z.string(),
    lines: z.array(z.object({ sku: z.string(), count: z.number() })),
  }),
});
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [OrderPlaced] });

/** Charges on the second attempt what could not be charged before, once `mended` says so. */
export const billing = { mended: false };
const billingWorker = worker(
  'billing',
  { from: Orders, orderBy: 'orderId', retry: { attempts: 1 } },
  [
    on(OrderPlaced, ({ data }) => {
      if (data.total < 0 && !billing.mended) throw new Error(`cannot charge ${markup}`);
    }),
  ],
);
const mailWorker = worker('mail', { from: Orders, concurrency: 4 }, [on(OrderPlaced, () => {})]);
const shop = app('shop', { streams: [Orders], run: [billingWorker, mailWorker] });

/** Everything that runs, and its end. */
export interface Shop {
  readonly server: Server;
  readonly client: Client;
  readonly url: string;
  place(orderId: string, total: number, note?: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server, the workers, and a studio that knows the app. */
export async function openShop(): Promise<Shop> {
  const server = await startServer();
  const client = await connect({ servers: server.url });
  await client.start(billingWorker);
  await client.start(mailWorker);
  const connection = await open({ servers: server.url });
  const studio = await serveStudio({ connection, apps: [shop], port: 0 });
  return {
    server,
    client,
    url: studio.url,
    async place(orderId, total, note = '') {
      const lines = [{ sku: 'a-1', count: 2 }];
      const headers = { 'x-note': note };
      await client.publish(OrderPlaced({ orderId, total, note, lines }, { headers }));
    },
    async close() {
      await studio.close();
      await connection.nc.close();
      await client.close();
      await server.stop();
    },
  };
}
