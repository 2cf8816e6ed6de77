import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP, directory, jetlane, type Result, start, type Where } from './cli.ts';

let server: Server;
const run = (args: readonly string[], where: Where = {}): Promise<Result> =>
  jetlane(args, { ...where, env: { NATS_URL: server.url, ...where.env } });

beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.stop());

describe('jetlane dlq', () => {
  it('is empty where nothing was buried', async () => {
    expect(await run(['dlq', 'ls'])).toMatchObject({ code: 0, out: 'No dead letters.\n' });
    expect(await run(['dlq', 'ls', '--json'])).toMatchObject({ code: 0, out: '[]\n' });
    const missing = await run(['dlq', 'show', '1']);
    expect(missing).toMatchObject({
      code: 1,
      err: "jetlane: there is no dead letter 1 in DLQ: see 'jetlane dlq ls' for those there are\n",
    });
    expect(await run(['dlq', 'replay', '--all'])).toMatchObject({
      code: 0,
      out: 'replayed 0 dead letters\n',
    });
  });

  it('knows a stream that is not there from one without dead letters', async () => {
    const nowhere = ['--dead-letters', 'NOPE'];
    const err = "jetlane: there is no stream NOPE: see 'jetlane streams ls' for those there are\n";
    for (const action of [['ls'], ['show', '1'], ['replay', '--all'], ['drop', '--all']])
      expect(await run(['dlq', ...action, ...nowhere])).toMatchObject({ code: 1, out: '', err });
  });

  it('lists, shows, edits, replays and drops', async () => {
    await bury(3);
    const list = await run(['dlq', 'ls']);
    expect(list.out).toMatch(/^ {2}1 .* billing +orders\.placed\.unlucky +1 +rejected .*unlucky$/m);
    const limited = await run(['dlq', 'ls', '--limit', '2']);
    expect(limited.out).toContain('There are more than 2');
    const groups = JSON.parse((await run(['dlq', 'ls', '--groups', '--json'])).out);
    expect(groups).toMatchObject([
      { stream: 'ORDERS', worker: 'billing', reason: 'rejected', count: 3 },
    ]);
    expect(JSON.parse((await run(['dlq', 'ls', '--worker', 'mail', '--json'])).out)).toEqual([]);

    const shown = JSON.parse((await run(['dlq', 'show', '1', '--json'])).out);
    expect(shown).toMatchObject({
      seq: 1,
      worker: 'billing',
      data: { orderId: 'unlucky', total: 13 },
    });
    expect((await run(['dlq', 'show', '--seq', '1'])).out).toMatch(
      /^subject +orders\.placed\.unlucky$/m,
    );

    expect((await run(['dlq', 'replay', '--all', '--dry-run'])).out).toBe(
      'would replay 3 dead letters\n',
    );
    const replayed = await run(['dlq', 'replay', '--seq', '1', '--edit', '--json'], {
      env: { EDITOR: editor(`sed -i 's/13/14/' "$1"`) },
    });
    expect(JSON.parse(replayed.out)).toEqual({ replayed: 1, skipped: [], dryRun: false });
    await works('billed unlucky');

    expect((await run(['dlq', 'drop', '--seq', '2'])).out).toBe('dropped 1 dead letter\n');
    expect((await run(['dlq', 'drop', '--all', '--dry-run'])).out).toBe(
      'would drop 1 dead letter\n',
    );
    expect((await run(['dlq', 'drop', '--all'])).out).toBe('dropped 1 dead letter\n');
    expect((await run(['dlq', 'ls'])).out).toBe('No dead letters.\n');
  }, 60_000);

  it('replays nothing when the editor fails or leaves no JSON', async () => {
    await bury(1);
    const broken = await run(['dlq', 'replay', '--all', '--edit'], {
      env: { EDITOR: editor('echo "{" > "$1"') },
    });
    expect(broken.err).toContain('what the editor left is no JSON');
    expect(broken.code).toBe(1);
    const failed = await run(['dlq', 'replay', '--all', '--edit'], { env: { EDITOR: 'false' } });
    expect(failed.err).toContain("the editor 'false' ended with exit code 1");
    expect(JSON.parse((await run(['dlq', 'ls', '--json'])).out)).toHaveLength(1);
  });
});

describe('jetlane dlq, asked for what is not there', () => {
  it('fails, and says so', async () => {
    await bury(1);
    const dropped = await run(['dlq', 'drop', '--seq', '99']);
    expect(dropped).toMatchObject({
      code: 1,
      out: 'dropped 0 dead letters\n',
      err: "jetlane: there is no dead letter 99 in DLQ: see 'jetlane dlq ls' for those there are\n",
    });
    const other = await run(['dlq', 'drop', '--seq', '1', '--worker', 'mail', '--dry-run']);
    expect(other.code).toBe(1);
    const replayed = await run(['dlq', 'replay', '--seq', '99']);
    expect(replayed.code).toBe(1);
    expect(replayed.err).toContain('left 99: there is no dead letter 99 in DLQ');
    expect(JSON.parse((await run(['dlq', 'ls', '--json'])).out)).toHaveLength(1);
  });
});

describe('jetlane dlq replay --payload', () => {
  it('sends another body in the form that the message had', async () => {
    await bury(2);
    const input = '{"orderId":"unlucky","total":14}';
    const replayed = await run(['dlq', 'replay', '--seq', '1', '--payload', '-'], { input });
    expect(replayed).toMatchObject({ code: 0, out: 'replayed 1 dead letter\n' });
    const path = join(directory(), 'order.json');
    writeFileSync(path, input.replace('unlucky', 'second'));
    expect((await run(['dlq', 'replay', '--seq', '2', '--payload', path])).code).toBe(0);
    await works('billed unlucky', 'billed second');
  });

  it.each([
    [['--seq', '1', '--payload', '/nowhere.json'], 1, '/nowhere.json cannot be read'],
    [['--seq', '1', '--payload', '-'], 1, '--payload is no JSON'],
    [['--all', '--payload', '-'], 2, 'say which with --seq'],
    [['--seq', '1', '--edit', '--payload', '-'], 2, 'exclude each other'],
    [['--seq', '1', '--edit'], 2, 'this is no terminal'],
  ])('refuses %j', async (args, code, words) => {
    if (code === 1) await bury(1);
    const refused = await run(['dlq', 'replay', ...args], { input: '{' });
    expect(refused.err).toContain(words);
    expect(refused.code).toBe(code);
  });
});

describe('jetlane doctor', () => {
  it('finds nothing wrong with a server that has what is declared', async () => {
    await run(['streams', 'apply', APP]);
    const { code, out } = await run(['doctor', APP]);
    expect(out).toMatch(/^ok {3}/m);
    expect(out).not.toContain('FAIL');
    expect(code).toBe(0);
  });

  it('says what is wrong, how to mend it, and exits with 1', async () => {
    const connection = await open({ servers: server.url });
    await connection.jsm.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    await connection.nc.close();
    const found = await run(['doctor', APP]);
    expect(found.out).toMatch(/^FAIL drift: .*ORDERS.*\n {5}fix: \S/m);
    expect(found.code).toBe(1);
    const { findings } = JSON.parse((await run(['doctor', APP, '--json'])).out);
    expect(findings).toContainEqual(expect.objectContaining({ level: 'error', check: 'drift' }));
  });

  it('captures and sweeps what consumers of others gave up on', async () => {
    const connection = await open({ servers: server.url });
    await connection.jsm.streams.add({
      name: 'THEIRS',
      subjects: ['theirs.>'],
      retention: 'workqueue',
    });
    await connection.jsm.consumers.add('THEIRS', {
      durable_name: 'tired',
      ack_policy: 'explicit',
      max_deliver: 2,
      ack_wait: 50_000_000,
    });
    const captured = (await run(['doctor', '--capture'])).out;
    expect(captured).not.toContain('nothing notes');
    expect(captured).toContain('From now on');
    await connection.js.publish('theirs.1', '{"n":1}');
    const consumer = await connection.js.consumers.get('THEIRS', 'tired');
    for (let i = 0; i < 3; i++) await consumer.next({ expires: 1_000 });
    await connection.nc.close();
    const sick = await run(['doctor']);
    expect(sick.out).toMatch(/^FAIL exhausted: .*\n {5}fix: jetlane doctor --sweep/m);
    expect(sick.code).toBe(1);
    const dry = await run(['doctor', '--sweep', '--dry-run']);
    expect(dry.out).toMatch(/^consumer tired of THEIRS: would bury 1$/m);
    const swept = JSON.parse((await run(['doctor', '--sweep', '--json'])).out);
    expect(swept.swept).toEqual([{ stream: 'THEIRS', consumer: 'tired', buried: [1] }]);
    const [letter] = JSON.parse((await run(['dlq', 'ls', '--json'])).out);
    expect(letter).toMatchObject({ worker: 'tired', reason: 'max-deliver', data: { n: 1 } });
    expect((await run(['doctor', '--dry-run'])).code).toBe(2);
  }, 30_000);

  it('finds a server that is away, also as a document', async () => {
    const away = await jetlane(['doctor', '--json', '-s', 'nats://127.0.0.1:1']);
    expect(JSON.parse(away.out).findings).toMatchObject([{ level: 'error', check: 'reachable' }]);
    expect(away.code).toBe(1);
  });
});

/** Publishes orders that billing rejects, and waits until they are dead letters. */
async function bury(count: number): Promise<void> {
  const worker = start(['worker', APP, '--only', 'billing', '--stats-every', '100ms'], {
    env: { NATS_URL: server.url },
  });
  await worker.until(() => worker.out.includes('"ready"'), 'not ready');
  const data = '{"orderId":"unlucky","total":13}';
  await run(['publish', 'OrderPlaced', data, '--app', APP, '--count', String(count)]);
  await worker.until(() => worker.out.includes(`"buried":${count}`), 'not buried');
  worker.child.kill('SIGTERM');
  await worker.done;
}

/** What was replayed reaches the worker. */
async function works(...lines: readonly string[]): Promise<void> {
  const worker = start(['worker', APP, '--only', 'billing'], { env: { NATS_URL: server.url } });
  await worker.until(() => lines.every((line) => worker.out.includes(line)), 'not handled');
  worker.child.kill('SIGTERM');
  await worker.done;
}

function editor(command: string): string {
  const path = join(directory(), 'editor.sh');
  writeFileSync(path, `#!/bin/sh\n${command}\n`);
  chmodSync(path, 0o755);
  return path;
}
