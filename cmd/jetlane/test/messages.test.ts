import { open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { RetentionPolicy } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { APP, jetlane, jsonLines, type Result, type Running, start, type Where } from './cli.ts';

let server: Server;
const at = (where: Where = {}): Where => ({
  ...where,
  env: { NATS_URL: server.url, ...where.env },
});
const run = (args: readonly string[], where: Where = {}): Promise<Result> =>
  jetlane(args, at(where));
const begin = (args: readonly string[]): Running => start(args, at());

beforeAll(async () => {
  server = await startServer();
  const { code, err } = await run(['streams', 'apply', APP]);
  if (code !== 0) throw new Error(err);
});
afterAll(() => server.stop());

describe('jetlane publish', () => {
  it('stores JSON under a subject, once for an id', async () => {
    const args = [
      'publish',
      'orders.placed.raw',
      '{"orderId":"raw","total":1}',
      '--id',
      'raw-1',
      '--json',
    ];
    const first = await run(args);
    expect(first.code).toBe(0);
    const stored = JSON.parse(first.out);
    expect(stored).toMatchObject({ id: 'raw-1', stream: 'ORDERS', duplicate: false });
    const second = await run(args);
    expect(JSON.parse(second.out)).toEqual({ ...stored, duplicate: true });
    expect((await run(args.slice(0, -1))).out).toContain('(duplicate: this id was stored before)');
  });

  it('asks what to publish rather than store an empty message', async () => {
    const nothing = await run(['publish', 'orders.placed.empty']);
    expect(nothing.err).toContain('what shall be published to orders.placed.empty?');
    expect(nothing.code).toBe(2);
    expect(await last('orders.placed.empty')).toEqual([]);
    expect((await run(['publish', 'orders.placed.empty', ''])).code).toBe(0);
    expect(await last('orders.placed.empty')).toHaveLength(1);
  });

  it('reads stdin for -', async () => {
    const stored = await run(['publish', 'orders.placed.stdin', '-'], {
      input: '{"orderId":"stdin","total":2}',
    });
    expect(stored.code).toBe(0);
    const [message] = await last('orders.placed.stdin');
    expect(message).toMatchObject({ data: { orderId: 'stdin', total: 2 } });
    const broken = await run(['publish', 'orders.placed.stdin', '-'], { input: '{' });
    expect(broken.err).toContain('stdin is no JSON');
    expect(broken.code).toBe(2);
  });

  it('builds a message of the app by its type, with headers and numbered ids', async () => {
    const data = '{"orderId":"typed","total":3}';
    const args = [
      'publish',
      'OrderPlaced',
      data,
      '--app',
      APP,
      '--id',
      'typed',
      '--count',
      '3',
      '-H',
      'origin: test',
    ];
    const stored = await run(args);
    expect(stored.out).toMatch(/^3 messages stored in ORDERS, seq \d+ to \d+\n$/);
    const messages = await last('orders.placed.typed');
    expect(messages.map(({ id }) => id)).toEqual(['typed-1', 'typed-2', 'typed-3']);
    expect(messages[0]).toMatchObject({
      type: 'OrderPlaced',
      contentType: 'application/msgpack',
      data: { orderId: 'typed', total: 3 },
      headers: { origin: 'test' },
    });
  });

  it('refuses data that breaks the schema, and sends nothing', async () => {
    const args = ['publish', 'OrderPlaced', '{"orderId":"broken"}', '--app', APP];
    const { code, err } = await run(args);
    expect(err).toContain('data.total');
    expect(code).toBe(1);
    expect(await last('orders.placed.broken')).toEqual([]);
  });

  it('says that no stream stores a subject', async () => {
    const { code, err } = await run(['publish', 'nowhere.to.go', '{}']);
    expect(err).toContain('no stream stores nowhere.to.go');
    expect(code).toBe(1);
  });

  it('says that a message is too large', async () => {
    const input = JSON.stringify('x'.repeat(2 * 1024 * 1024));
    const { code, err } = await run(['publish', 'orders.placed.large', '-'], { input });
    expect(err).toMatch(/the message has \d+ bytes, and the server takes \d+ at most/);
    expect(code).toBe(1);
  });
});

describe('jetlane tail', () => {
  it('shows what is there and ends with --no-follow', async () => {
    await publish('shown', 3);
    const all = await run(['tail', 'orders.placed.shown', '--no-follow']);
    expect(all.code).toBe(0);
    expect(all.out.trim().split('\n')).toHaveLength(3);
    expect(all.out).toMatch(/^\S+ \S+ ORDERS#\d+ orders\.placed\.shown \{"orderId":"shown"/m);
    const two = await last('orders.placed.shown', '--last', '2');
    expect(two).toHaveLength(2);
    const from = await last('orders.placed.shown', '--from-seq', String(two[1]?.seq));
    expect(from.map(({ seq }) => seq)).toEqual([two[1]?.seq]);
    expect(await last('orders.placed.shown', '--since', '1h')).toHaveLength(3);
    const headers = await run([
      'tail',
      'orders.placed.shown',
      '--no-follow',
      '--last',
      '1',
      '--headers',
    ]);
    expect(headers.out).toContain('    Content-Type: application/json');
  });

  it('follows, and ends on Ctrl-C with 130', async () => {
    const tail = begin(['tail', 'orders.placed.followed', '--last', '1', '--json']);
    await publish('followed', 1);
    await tail.until(() => tail.events().length === 1, 'no first message');
    await publish('followed', 1);
    await tail.until(() => tail.events().length === 2, 'no second message');
    tail.child.kill('SIGINT');
    expect((await tail.done).code).toBe(130);
    const consumers = await run(['streams', 'ls', '--json']);
    expect(consumers.out).not.toContain('"durable":false');
  });

  it('ends quietly when its reader goes away', async () => {
    await publish('piped', 3);
    const tail = begin(['tail', 'orders.placed.piped', '--last', '3']);
    await tail.until(() => tail.out !== '', 'nothing to read');
    tail.child.stdout?.destroy();
    await publish('piped', 1);
    await publish('piped', 1);
    const { code, err } = await tail.done;
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  it('reads a work queue without taking anything from its worker', async () => {
    const connection = await open({ servers: server.url });
    onTestFinished(() => connection.nc.close());
    await connection.jsm.streams.add({
      name: 'JOBS',
      subjects: ['jobs.>'],
      retention: RetentionPolicy.Workqueue,
    });
    await run(['publish', 'jobs.a', '{"n":1}']);
    await run(['publish', 'jobs.b', '{"n":2}']);
    await run(['publish', 'jobs.a', '{"n":3}']);
    const data = async (...flags: string[]) =>
      (await last('jobs.a', ...flags)).map((message) => message.data);
    expect(await data()).toEqual([{ n: 1 }, { n: 3 }]);
    expect(await data('--last', '1')).toEqual([{ n: 3 }]);
    expect(await data('--from-seq', '2')).toEqual([{ n: 3 }]);
    expect(await data('--since', '1h')).toEqual([{ n: 1 }, { n: 3 }]);
    const tail = begin(['tail', 'jobs.>', '--json']);
    await tail.until(async () => {
      await run(['publish', 'jobs.c', '{}']);
      return tail.events().length > 0;
    }, 'nothing followed');
    tail.child.kill('SIGINT');
    expect((await tail.done).code).toBe(130);
    const { state } = await connection.jsm.streams.info('JOBS');
    expect(state).toMatchObject({ consumer_count: 0 });
    expect(state.messages).toBeGreaterThan(3);
  }, 60_000);

  it('says that no stream stores a filter', async () => {
    const { code, err } = await run(['tail', 'nowhere.>']);
    expect(err).toContain("no stream stores 'nowhere.>'");
    expect(code).toBe(1);
  });

  it('prints nothing that could change the terminal', async () => {
    await run(['publish', 'orders.placed.evil', JSON.stringify('\u001b[2J\u009b2J\u202e')]);
    const { out } = await run(['tail', 'orders.placed.evil', '--no-follow']);
    for (const unsafe of ['\u001b', '\u009b', '\u202e']) expect(out).not.toContain(unsafe);
  });
});

async function publish(order: string, count: number): Promise<void> {
  const data = JSON.stringify({ orderId: order, total: 1 });
  const { code, err } = await run([
    'publish',
    `orders.placed.${order}`,
    data,
    '--count',
    String(count),
  ]);
  expect(err).toBe('');
  expect(code).toBe(0);
}

async function last(filter: string, ...flags: string[]): Promise<Record<string, unknown>[]> {
  const { code, err, out } = await run(['tail', filter, '--no-follow', '--json', ...flags]);
  expect(err).toBe('');
  expect(code).toBe(0);
  return jsonLines(out);
}
