/** A small app, and a server with a studio beside it. */

import {
  app,
  type Client,
  type Connection,
  connect,
  event,
  on,
  open,
  schedule,
  stream,
  worker,
} from '@jetlane/core';
import { type Server, type ServerOptions, startServer } from '@jetlane/devserver';
import { z } from 'zod';
import { type ServedStudio, type ServedStudioOptions, serveStudio } from '../src/serve-studio.ts';
import type { ErrorAnswer, Session } from '../src/wire.ts';

export const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string(), total: z.number() }),
});
export const OrderPaid = event('OrderPaid', {
  subject: 'orders.paid.{orderId}',
  schema: z.object({ orderId: z.string() }),
});
export const Orders = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [OrderPlaced, OrderPaid],
  partitions: { by: 'orderId', count: 3 },
});

/** Refuses a total of 13 for good. */
const billing = worker(
  'billing',
  {
    from: Orders,
    orderBy: 'orderId',
    maxAckPending: 500,
    retry: { attempts: 2, minDelay: '1ms', maxDelay: '1ms', within: '1h' },
    breaker: { failures: 5, openFor: '1s', when: () => false },
    rateLimit: { messages: 1000, per: '1s' },
  },
  [
    on(OrderPlaced, ({ data }, context) => {
      if (data.total === 13) context.reject('unlucky <b>13</b>');
      if (data.total === 14) throw new TypeError('no card');
    }),
  ],
);
const audit = worker('audit', { from: Orders, partitioned: true }, [on(Orders.messages, () => {})]);
const nightly = schedule('nightly', { cron: '0 3 * * *' }, () => undefined);
export const shop = app('shop', { streams: [Orders], run: [billing, audit, nightly] });

/** A server, a connection, and a studio on them. */
export interface Stage extends AsyncDisposable {
  readonly server: Server;
  readonly connection: Connection;
  readonly client: Client;
  readonly studio: ServedStudio;
  /** Asks the studio, and expects an answer. */
  read<T>(path: string): Promise<T>;
  /** Asks the studio, and expects a refusal. */
  refused(path: string): Promise<{ readonly status: number } & ErrorAnswer['error']>;
  /** Acts with the page's token. */
  act<T>(action: string, body: object): Promise<T>;
  actRefused(
    action: string,
    body: object,
  ): Promise<{ readonly status: number } & ErrorAnswer['error']>;
}

/** Starts everything. */
export async function stage(
  options: Partial<ServedStudioOptions> = {},
  serverOptions: ServerOptions = {},
): Promise<Stage> {
  const server = await startServer(serverOptions);
  const connection = options.connection ?? (await open({ servers: server.url }));
  const client = await connect({ servers: server.url, source: 'tests' });
  const studio = await serveStudio({ port: 0, apps: [shop], ...options, connection });
  const session = async () => (await (await fetch(at('api/session'))).json()) as Session;
  const at = (path: string) => new URL(path, studio.url);
  const post = async (action: string, body: object) =>
    fetch(at(`api/actions/${action}`), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-jetlane-token': (await session()).token ?? '',
      },
      body: JSON.stringify(body),
    });
  return {
    server,
    connection,
    client,
    studio,
    read: async <T>(path: string) => answer<T>(await fetch(at(path))),
    refused: async (path) => refusal(await fetch(at(path))),
    act: async <T>(action: string, body: object) => answer<T>(await post(action, body)),
    actRefused: async (action, body) => refusal(await post(action, body)),
    async [Symbol.asyncDispose]() {
      await studio.close();
      await client.close();
      await connection.nc.close();
      await server.stop();
    },
  };
}

/** Resolves once `condition` holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function answer<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function refusal(response: Response) {
  const { error } = (await response.json()) as ErrorAnswer;
  return { status: response.status, ...error };
}
