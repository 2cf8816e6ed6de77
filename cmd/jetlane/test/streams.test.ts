import { connect, open, stream } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP, jetlane, type Result, type Where } from './cli.ts';

let server: Server;
const run = (args: readonly string[], where: Where = {}): Promise<Result> =>
  jetlane(args, { ...where, env: { NATS_URL: server.url, ...where.env } });

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describe('jetlane streams', () => {
  it('plans with exit code 3, applies, and then plans nothing', async () => {
    const before = await run(['streams', 'plan', APP]);
    expect(before.code).toBe(3);
    expect(before.out).toContain('+ create stream ORDERS');
    expect(before.out).toContain('+ create consumer billing of ORDERS');
    expect(before.out).toMatch(/\d changes: \d to create\.\n$/);
    const asJson = await run(['streams', 'plan', APP, '--json']);
    expect(asJson.code).toBe(3);
    expect(JSON.parse(asJson.out).changes).toContainEqual(
      expect.objectContaining({ kind: 'stream', name: 'ORDERS', action: 'create' }),
    );

    const applied = await run(['streams', 'apply', APP]);
    expect(applied.code).toBe(0);
    expect(applied.out).toMatch(/Applied \d changes\.\n$/);

    const after = await run(['streams', 'plan', APP]);
    expect(after.code).toBe(0);
    expect(after.out).toContain('The server has what is declared.');
    const again = await run(['streams', 'apply', APP, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out).changes).toEqual([]);
  });

  it('lists streams and consumers', async () => {
    await run(['streams', 'apply', APP]);
    const text = await run(['streams', 'ls']);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/^ORDERS +0 +0 B +limits +1 +jetlane +orders\.placed\.\*/m);
    expect(text.out).toMatch(/^billing +ORDERS +0 +0\/1,000 +0 +jetlane$/m);
    const declared = await run(['streams', 'ls', APP, '--json']);
    const [orders] = JSON.parse(declared.out);
    expect(orders).toMatchObject({ name: 'ORDERS', exists: true, managed: true, messages: 0 });
    expect(orders.consumers.map(({ name }: { name: string }) => name)).toEqual(['billing', 'mail']);
  });

  it('lists no lag for what waits in an interest stream', async () => {
    const Waiting = stream('WAITING', {
      subjects: ['waiting.>'],
      messages: [],
      retention: 'interest',
    });
    await using client = await connect({ servers: server.url });
    await client.start(Waiting);
    const listed = JSON.parse((await run(['streams', 'ls', '--json'])).out);
    expect(listed.find(({ name }: { name: string }) => name === 'WAITING').consumers).toEqual([]);
  });

  it('pauses and resumes a worker, visibly, and without drift', async () => {
    await run(['streams', 'apply', APP]);
    const paused = await run(['pause', 'billing', '--for', '1h']);
    expect(paused.out).toMatch(/^billing on ORDERS is paused until \d{4}-\S+Z\n$/);
    expect((await run(['streams', 'ls'])).out).toMatch(/^billing .* jetlane, paused until \d{4}-/m);
    expect((await run(['streams', 'plan', APP])).code).toBe(0);
    expect((await run(['streams', 'apply', APP])).code).toBe(0);
    const doctor = await run(['doctor', APP]);
    expect(doctor.out).toMatch(/^warn paused: consumer billing of ORDERS is paused until \d{4}-/m);
    expect(doctor.out).toContain('fix: jetlane resume billing --stream ORDERS');
    const forever = await run(['pause', 'billing', '--json']);
    expect(JSON.parse(forever.out)).toMatchObject([{ stream: 'ORDERS', durable: 'billing' }]);
    expect((await run(['doctor'])).out).toContain('is paused until it is resumed');
    expect(await run(['resume', 'billing'])).toMatchObject({ out: 'billing on ORDERS runs\n' });
    await expect
      .poll(async () => (await run(['streams', 'ls'])).out, { timeout: 10_000 })
      .not.toContain('paused');
  }, 30_000);

  it('says which workers there are when it is asked for another', async () => {
    await run(['streams', 'apply', APP]);
    const unknown = await run(['pause', 'nobody']);
    expect(unknown.err).toBe("jetlane: there is no worker 'nobody'; known: billing, mail\n");
    expect(unknown.code).toBe(1);
    expect((await run(['pause'])).code).toBe(2);
    expect((await run(['pause', 'billing', '--for', 'ever'])).code).toBe(2);
  });

  it('does not count the marks of last trials among dead letters', async () => {
    await run(['streams', 'apply', APP]);
    const connection = await open({ servers: server.url });
    await connection.js.publish('_jl.dlq.ORDERS.billing', 'a dead letter');
    for (const seq of [1, 2]) await connection.js.publish(`_jl.trial.ORDERS.billing.${seq}-0`);
    await connection.nc.close();
    const streams = JSON.parse((await run(['streams', 'ls', '--json'])).out);
    const letters = streams.find(({ name }: { name: string }) => name === 'DLQ');
    expect(letters).toMatchObject({ messages: 1 });
  });

  it.each([
    ['nats', /"ORDERS": \{/],
    ['nack', /kind: "Stream"/],
    ['terraform', /resource "jetstream_stream"/],
  ])('exports for %s without a server', async (format, words) => {
    const { code, out } = await jetlane(['streams', 'export', APP, '--format', format]);
    expect(code).toBe(0);
    expect(out).toMatch(words);
  });
});
