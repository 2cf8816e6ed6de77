/** What a program can do with a supervised app while it runs: more and fewer processes, signals, messages. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, connect, event } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { type SupervisedApp, superviseApp, type WorkerEvent } from 'jetlane/worker';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { APP, directory, until } from './cli.ts';

const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string(), total: z.number() }),
});

let server: Server;
let client: Client;
let shop: SupervisedApp | undefined;
let events: WorkerEvent[] = [];
let heard: {
  readonly message: { readonly echo?: unknown; readonly pid?: number };
  from: number;
}[] = [];

beforeAll(async () => {
  server = await startServer();
  client = await connect({ servers: server.url });
});
afterEach(async () => {
  await shop?.stop(5000);
  shop = undefined;
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

/** The shop in so many processes; each answers what it is sent. */
async function begin(processes: number): Promise<SupervisedApp> {
  const cwd = directory();
  writeFileSync(
    join(cwd, 'app.ts'),
    `process.on('message', (message) => {
       if ('jetlane' in message) return;
       process.send?.({ echo: message, pid: process.pid });
     });
     if (process.env.BROKEN_FROM && process.send && existsSync(process.env.BROKEN_FROM)) throw new Error('broken');
     import { existsSync } from 'node:fs';
     export { default } from '${pathToFileURL(APP).href}';\n`,
  );
  events = [];
  heard = [];
  shop = await superviseApp({
    app: join(cwd, 'app.ts'),
    processes,
    server: { servers: server.url },
    env: { BROKEN_FROM: join(cwd, 'broken') },
    output: () => {},
    onEvent: (each) => events.push(each),
    onMessage: (message, from) => heard.push({ message: message as { echo?: unknown }, from }),
  });
  broken = join(cwd, 'broken');
  return shop;
}

let broken = '';
const readied = (process: number) =>
  events.filter((each) => each.event === 'ready' && each.process === process).length;

async function publish(orders: number, total = 1): Promise<void> {
  for (let number = 0; number < orders; number++)
    await client.publish(OrderPlaced({ orderId: `o-${number}`, total }));
}

it('runs in more processes and in fewer, and what is taken away drains first', async () => {
  const app = await begin(1);
  await app.scale(3);
  expect(app.pids).toHaveLength(3);
  expect(app.stats().processes).toEqual({ wanted: 3, ready: 3, restarts: 0 });
  await publish(30, 1000); // each takes a second
  const mail = () => app.stats().workers.find(({ worker }) => worker === 'mail')?.settled;
  const before = mail() ?? 0;
  await app.scale(1);
  expect(app.pids).toHaveLength(1);
  expect(app.ready).toBe(true);
  expect(app.stats().processes).toEqual({ wanted: 1, ready: 1, restarts: 0 });
  await until(
    () => (mail() ?? 0) - before >= 30,
    () => `${mail()} of 30 mails`,
  );
  const figures = app.stats().workers.find(({ worker }) => worker === 'billing');
  expect(figures).toMatchObject({ redelivered: 0, buried: 0 });
  expect(events.filter((each) => each.event === 'scaled')).toEqual([
    { event: 'scaled', processes: 3 },
    { event: 'scaled', processes: 1 },
  ]);
  expect(events.some((each) => each.event === 'died')).toBe(false);
}, 60_000);

it('follows a process that a signal ended by another, in the same place', async () => {
  const app = await begin(2);
  expect(app.signal(2, 'SIGKILL')).toBe(true);
  await until(
    () => readied(2) === 2,
    () => JSON.stringify(events),
  );
  expect(events.filter((each) => each.event === 'died')).toMatchObject([
    { process: 2, how: 'ended by SIGKILL' },
  ]);
  expect(app.signal(3, 'SIGKILL')).toBe(false);
  expect(readied(1)).toBe(1);
}, 60_000);

it('gives a message to all processes or to one, and never one of its own kind', async () => {
  const app = await begin(2);
  app.send({ hello: 'all' });
  await until(
    () => heard.length === 2,
    () => JSON.stringify(heard),
  );
  app.send({ hello: 'you' }, 2);
  await until(
    () => heard.length === 3,
    () => JSON.stringify(heard),
  );
  expect(heard[2]).toMatchObject({ from: 2, message: { echo: { hello: 'you' } } });
  expect(() => app.send({ jetlane: 'drain' })).toThrow("no field 'jetlane'");
}, 60_000);

it('refuses a number that is none, and runs as before when a new process does not start', async () => {
  const app = await begin(1);
  for (const number of [0, 1.5, Number.NaN])
    await expect(app.scale(number)).rejects.toThrow('must be a whole number from 1');
  writeFileSync(broken, '');
  await expect(app.scale(2)).rejects.toThrow('broken');
  expect(app.stats().processes).toMatchObject({ wanted: 1, ready: 1 });
  expect(app.ready).toBe(true);
  await app.stop();
  await expect(app.scale(2)).rejects.toThrow('it is being stopped');
}, 60_000);
