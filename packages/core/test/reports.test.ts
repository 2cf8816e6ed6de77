import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, describe, expect, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import type { ConnectOptions } from '../src/connect-options.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { decodeReport, type ProcessReport } from '../src/reports/process-report.ts';
import { workerReports } from '../src/reports/worker-reports.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(config = ''): Promise<Server> {
  const server = await startServer({ config });
  ends.push(() => server.stop());
  return server;
}

async function client(server: Server, options: ConnectOptions = {}): Promise<Client> {
  const made = await connect({ servers: server.url, ...options });
  ends.push(() => made.close());
  return made;
}

async function connection(server: Server, user?: string): Promise<Connection> {
  const auth = user === undefined ? {} : { auth: { user, password: 'x' } };
  const made = await open({ servers: server.url, ...auth });
  ends.push(() => made.nc.close());
  return made;
}

const TAKES_MS = 20;
const taking = (name: string, options = {}) => {
  const handled: number[] = [];
  const definition = worker(name, { from: Orders, ...options }, [
    on(OrderPlaced, async ({ data: { number } }) => {
      await new Promise((resolve) => setTimeout(resolve, TAKES_MS));
      handled.push(number);
    }),
  ]);
  return { handled, definition };
};

const orders = (count: number) => Array.from({ length: count }, (_, number) => order(number));

/** Everything that answers one request. */
async function ask({ nc }: Connection, expected: number): Promise<ProcessReport[]> {
  const found: ProcessReport[] = [];
  const answers = await nc.requestMany('_jl.report', undefined, {
    strategy: 'timer',
    maxWait: 2_000,
  });
  for await (const { data } of answers) {
    const report = decodeReport(data);
    if (report !== undefined) found.push(report);
    if (found.length === expected) break;
  }
  return found;
}

describe('processes that work', () => {
  it('answer one request, each with what its workers did', async () => {
    const server = await start();
    const [one, other] = [await client(server, { source: 'one' }), await client(server)];
    const billing = taking('billing', { orderBy: 'orderId' });
    const mail = taking('mail');
    await one.start(billing.definition);
    await other.start(mail.definition);
    await one.publish(orders(10));
    await until('all orders', () => billing.handled.length + mail.handled.length === 20);
    const reports = await ask(await connection(server), 2);
    expect(reports.map(({ app }) => app).toSorted()).toEqual(['one', null].toSorted());
    expect(new Set(reports.map(({ id }) => id)).size).toBe(2);
    const [record] = reports.find(({ app }) => app === 'one')?.workers ?? [];
    expect(record).toMatchObject({
      worker: 'billing',
      stream: 'ORDERS',
      settled: 10,
      retried: 0,
      buried: 0,
      held: 0,
      lanes: 0,
    });
  });

  it('tell how long messages took, in one worker of two processes', async () => {
    const server = await start();
    const [one, other] = [await client(server), await client(server)];
    const first = taking('billing', { concurrency: 4 });
    const second = taking('billing', { concurrency: 4 });
    await one.start(first.definition);
    await other.start(second.definition);
    const reports = workerReports(await connection(server));
    await until('both to be known', async () => (await reports.look())[0]?.processes.length === 2);
    await one.publish(orders(40));
    let settled = 0;
    await until('all to be told', async () => {
      const [billing] = await reports.look();
      settled += billing?.settled ?? 0;
      if (billing?.latencyMs !== undefined) {
        // A timer may fire a millisecond early, and figures are 2 % off at the most.
        expect(billing.handlingMs?.p50).toBeGreaterThan(TAKES_MS * 0.9);
        expect(billing.latencyMs.p99).toBeGreaterThan(TAKES_MS * 0.8);
        expect(billing.latencyMs.p99).toBeLessThan(60_000);
      }
      return settled === 40;
    });
    expect(first.handled.length).toBeGreaterThan(0);
    expect(second.handled.length).toBeGreaterThan(0);
  });

  it('say nothing where they were told to, and where nobody works', async () => {
    const server = await start();
    const silent = await client(server, { reports: false });
    await silent.start(taking('billing').definition);
    const idle = await client(server);
    await idle.start(Orders);
    const asking = await connection(server);
    const { nc } = asking;
    await expect(nc.request('_jl.report', undefined, { timeout: 2_000 })).rejects.toThrow(
      /no responders/i,
    );
    await idle.start(taking('mail').definition);
    // Once the server knows that it listens.
    await until('an answer', async () => (await ask(asking, 1).catch(() => [])).length === 1);
    expect(await ask(asking, 1)).toMatchObject([{ workers: [{ worker: 'mail' }] }]);
    await idle.close();
    await expect(nc.request('_jl.report', undefined, { timeout: 2_000 })).rejects.toThrow(
      /no responders/i,
    );
  });

  it('count retries and what they gave up on', async () => {
    const server = await start();
    const failing = await client(server);
    const retry = { attempts: 3, minDelay: '1ms', maxDelay: '1ms' } as const;
    await failing.start(
      worker('failing', { from: Orders, retry }, [
        on(OrderPlaced, () => {
          throw new Error('no');
        }),
      ]),
    );
    await failing.publish(order(1));
    const asking = await connection(server);
    await until('the dead letter', async () => {
      const [report] = await ask(asking, 1);
      return report?.workers[0]?.buried === 1;
    });
    const [report] = await ask(asking, 1);
    expect(report?.workers).toMatchObject([{ settled: 0, retried: 2, buried: 1, latency: [] }]);
  });
});

describe('without the permission', () => {
  const CONFIG = `
    authorization { users [
      { user: free, password: x }
      { user: deaf, password: x, permissions: { subscribe: { deny: "_jl.report" } } }
      { user: dumb, password: x, permissions: { publish: { deny: "_jl.report" } } }
      { user: mute, password: x, permissions: { publish: { deny: "_INBOX.theirs.>" } } }
    ] }`;

  it('to listen, workers work and nobody hears of it', async () => {
    const server = await start(CONFIG);
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    ends.push(async () => process.off('warning', note));
    const deaf = await client(server, { auth: { user: 'deaf', password: 'x' } });
    const billing = taking('billing');
    await deaf.start(billing.definition);
    await deaf.publish(orders(20));
    await until('all orders', () => billing.handled.length === 20);
    const asking = await connection(server, 'free');
    await expect(asking.nc.request('_jl.report')).rejects.toThrow(/no responders/i);
    expect(deaf.workers).toHaveLength(1);
    await deaf.close();
    expect(warnings).toEqual([]);
  });

  it('to ask, looks know of nobody', async () => {
    const server = await start(CONFIG);
    const working = await client(server, { auth: { user: 'free', password: 'x' } });
    await working.start(taking('billing').definition);
    const asking = await connection(server, 'dumb');
    const reports = workerReports(asking);
    for (let i = 0; i < 3; i++) {
      expect(await reports.look()).toEqual([]);
      await asking.nc.flush();
    }
    reports.stop();
  });

  it('to answer, workers work', async () => {
    const server = await start(CONFIG);
    const mute = await client(server, { auth: { user: 'mute', password: 'x' } });
    const billing = taking('billing');
    await mute.start(billing.definition);
    const { nc } = await connection(server, 'free');
    nc.publish('_jl.report', undefined, { reply: '_INBOX.theirs.1' });
    await nc.flush();
    await mute.publish(orders(5));
    await until('all orders', () => billing.handled.length === 5);
    expect(mute.workers).toHaveLength(1);
  });
});
