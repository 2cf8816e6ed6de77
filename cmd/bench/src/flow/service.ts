/** The three services of the flow, as chained calls and as events. Each runs in a process of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect, on, worker } from '@jetlane/core';
import { nowNs } from '../frame/clock.ts';
import type { ServerOptions } from '../frame/surroundings.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import { call, closeConnections, type HttpService, serveHttp } from './http.ts';
import { flowMessages, type Order, type ServiceName, type Style } from './order.ts';
import { attemptOf, type TroubleName } from './trouble.ts';

/** What a service is started with. */
export interface ServiceSetup {
  readonly style: Style;
  readonly service: ServiceName;
  readonly trouble: TroubleName;
  /** Of the events. */
  readonly servers: ServerOptions;
  readonly stream: string;
  /** Of the services that it calls: REST only. */
  readonly urls: Readonly<Partial<Record<ServiceName, string>>>;
}

/** The run that is measured. */
export interface Window {
  readonly startNs: number;
  readonly endNs: number;
}

/** What a service did. */
export interface ServiceResult {
  readonly cpuUs: number;
  /** Payments that succeeded, each order once. Of the payment service only. */
  readonly completed: number;
  /** More payments than one for an order. */
  readonly repeated: number;
  /** From when an order was due to when it was paid. */
  readonly completedNs: HistogramData;
}

/** A service that runs. */
export interface Service {
  /** Where customers and other services reach it; undefined for one that is reached by events. */
  readonly url: string | undefined;
  /** Begins to count. */
  begin(window: Window): void;
  result(): ServiceResult;
  close(): Promise<void>;
}

/** A caller waits that long, and tries that often again: what a careful team sets. */
const CALL = { timeoutMs: 1_000, retries: 2 };
const CONCURRENCY = 256;
/** Longer than any outage here. */
const RETRY = { attempts: 20, minDelay: '50ms', maxDelay: '2s' } as const;

/** Starts one. */
export async function startService(setup: ServiceSetup): Promise<Service> {
  const till = paymentTill(setup.trouble);
  const { url, close } =
    setup.style === 'rest' ? await rest(setup, till) : await events(setup, till);
  let cpu = process.cpuUsage();
  return {
    url,
    begin(window) {
      till.begin(window);
      cpu = process.cpuUsage();
    },
    result() {
      const { user, system } = process.cpuUsage(cpu);
      return { cpuUs: user + system, ...till.result() };
    },
    close,
  };
}

interface Parts {
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** Orders asks inventory, then payment, and answers the customer when both have answered. */
async function rest({ service, urls }: ServiceSetup, till: Till): Promise<Parts> {
  const attempts = new Map<number, number>();
  const handlers: Readonly<Record<ServiceName, (order: Order) => Promise<number>>> = {
    async orders(order) {
      await call(urls.inventory as string, order, CALL);
      await call(urls.payment as string, order, CALL);
      return 201;
    },
    inventory: async () => 200,
    async payment(order) {
      const attempt = (attempts.get(order.n) ?? 0) + 1;
      attempts.set(order.n, attempt);
      return (await till.pay(order, attempt)) ? 200 : 503;
    },
  };
  const http: HttpService = await serveHttp(handlers[service]);
  return {
    url: http.url,
    async close() {
      http.close();
      closeConnections();
    },
  };
}

/** Orders stores an event and answers; inventory and payment follow when they can. */
async function events({ service, servers, stream }: ServiceSetup, till: Till): Promise<Parts> {
  const client = await connect({ ...servers, source: service });
  const { Flow, OrderPlaced, StockReserved } = flowMessages(stream);
  if (service === 'orders') {
    const http = await serveHttp(async (order) => {
      await client.publish(OrderPlaced(order));
      return 202;
    });
    return { url: http.url, close: closing(client, http) };
  }
  const options = {
    from: Flow,
    concurrency: CONCURRENCY,
    maxAckPending: 4_096,
    retry: RETRY,
    deadLetter: `${stream}_DLQ`,
  };
  await client.start(
    service === 'inventory'
      ? worker('inventory', options, [on(OrderPlaced, ({ data }) => StockReserved(data))])
      : worker('payment', options, [
          on(StockReserved, async ({ data, attempt }) => {
            if (!(await till.pay(data, attempt))) throw new Error('payment failed');
          }),
        ]),
  );
  return { url: undefined, close: closing(client) };
}

function closing(client: Client, http?: HttpService): () => Promise<void> {
  return async () => {
    http?.close();
    await client.close();
  };
}

/** Where money changes hands, with its trouble. */
interface Till {
  begin(window: Window): void;
  /** Resolves with whether it was paid. */
  pay(order: Order, attempt: number): Promise<boolean>;
  result(): Omit<ServiceResult, 'cpuUs'>;
}

function paymentTill(trouble: TroubleName): Till {
  let window: Window = { startNs: 0, endNs: 1 };
  let paid = new Set<number>();
  let repeated = 0;
  let latency = new Histogram();
  return {
    begin(next) {
      window = next;
      paid = new Set();
      repeated = 0;
      latency = new Histogram();
    },
    async pay({ n, dueNs }, attempt) {
      const share = (nowNs() - window.startNs) / (window.endNs - window.startNs);
      const { takesMs, fails } = attemptOf(trouble, n, attempt, share);
      if (takesMs > 0) await delay(takesMs);
      if (fails) return false;
      if (dueNs < window.startNs) return true;
      if (paid.has(n)) repeated++;
      else latency.record(nowNs() - dueNs);
      paid.add(n);
      return true;
    },
    result: () => ({ completed: paid.size, repeated, completedNs: latency.data() }),
  };
}
