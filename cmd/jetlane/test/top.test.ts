import { fileURLToPath } from 'node:url';
import { open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP, jetlane, start } from './cli.ts';
import { hasPty, onPty } from './pty.ts';

const BIN = fileURLToPath(new URL('../bin/jetlane.js', import.meta.url));
const PARTITIONED = fileURLToPath(new URL('fixtures/partitioned-app.ts', import.meta.url));

let server: Server;
const env = () => ({ NATS_URL: server.url });

beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.stop());

/** Orders for the app of the fixtures: 13 is refused for good, 1000 and more take as many milliseconds. */
async function publish(total: number, count: number): Promise<void> {
  const body = JSON.stringify({ orderId: 'o', total });
  const args = ['publish', 'OrderPlaced', body, '--app', APP, '--count', String(count)];
  expect((await jetlane(args, { env: env() })).code).toBe(0);
}

async function worker(): Promise<void> {
  const running = start(['worker', APP, '--json', '--concurrency', '1'], { env: env() });
  await running.until(() => running.events().some(({ event }) => event === 'ready'), 'not ready');
}

interface Document {
  readonly deadLetters: number;
  readonly streams: readonly {
    readonly name: string;
    readonly exists: boolean;
    readonly storedPerS: number | null;
    readonly consumers: readonly Readonly<Record<string, unknown>>[];
  }[];
}

interface Told {
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
  readonly handlingMs: { readonly p50: number; readonly p99: number } | null;
}

describe('jetlane top, printed', () => {
  it('shows what waits, what is out, how old it is, and dead letters by worker', async () => {
    await worker();
    await publish(13, 2);
    await publish(60_000, 3);
    const once = ['top', APP, '--once', '--json', '--interval', '300ms'];
    let found: Document = { deadLetters: 0, streams: [] };
    await expect
      .poll(
        async () => {
          const { code, out } = await jetlane(once, { env: env() });
          expect(code).toBe(0);
          found = JSON.parse(out) as Document;
          return found.deadLetters;
        },
        { timeout: 20_000 },
      )
      .toBe(2);
    const [orders] = found.streams;
    expect(found.streams).toHaveLength(1);
    expect(orders).toMatchObject({ name: 'ORDERS', exists: true, storedPerS: 0 });
    const billing = orders?.consumers.find(({ name }) => name === 'billing');
    expect(billing).toMatchObject({ deadLetters: 2, deliveredPerS: 0, donePerS: 0 });
    expect(Number(billing?.lag) + Number(billing?.ackPending)).toBe(3);
    expect(billing?.oldestMs).toBeGreaterThan(0);
    const mail = orders?.consumers.find(({ name }) => name === 'mail');
    expect(mail).toMatchObject({ lag: 0, oldestMs: null });

    const text = await jetlane(['top', '--once', '--interval', '200ms'], { env: env() });
    expect(text.out).toMatch(/^jetlane top · .*:\d+ · nats-server 2\.\d+\.\d+\n/);
    expect(text.out).toMatch(/^ {2}STREAM +IN\/S +OUT\/S/m);
    expect(text.out).toMatch(/^ {4}billing .* 2 /m);
    expect(text.out).toMatch(/^▾ DLQ|^ {2}DLQ/m);
    expect(text.err).toBe('');
  }, 60_000);

  it('shows how long messages took where processes tell, and a dash for a foreign consumer', async () => {
    await worker();
    await worker(); // another process
    const running = start(['top', APP, '--json', '--interval', '200ms'], { env: env() });
    const consumers = () =>
      (running.events() as unknown as Document[]).flatMap(
        ({ streams }) => streams.find(({ name }) => name === 'ORDERS')?.consumers ?? [],
      );
    const told = (name: string) =>
      consumers().filter((one) => one.name === name && one.processes === 2);
    await running.until(() => told('billing').length > 0, 'two processes');
    const { nc, jsm } = await open({ servers: server.url });
    await jsm.consumers.add('ORDERS', { durable_name: 'foreign' });
    await nc.close();
    await publish(1, 40);
    await running.until(
      () => consumers().some(({ name, latencyMs }) => name === 'mail' && latencyMs !== null),
      'latencies',
    );
    for (const { latencyMs, handlingMs } of told('mail') as unknown as Told[]) {
      if (latencyMs === null || handlingMs === null) continue;
      expect(handlingMs.p50).toBeGreaterThan(0);
      expect(handlingMs.p99).toBeGreaterThanOrEqual(handlingMs.p50);
      // One machine, so one clock: it was stored before it was delivered.
      expect(latencyMs.p99).toBeGreaterThanOrEqual(handlingMs.p50 * 0.9);
      expect(latencyMs.p99).toBeLessThan(60_000);
    }
    await running.until(
      () => consumers().some(({ name }) => name === 'foreign'),
      'the foreign one',
    );
    for (const one of consumers().filter(({ name }) => name === 'foreign'))
      expect(one).toMatchObject({ processes: null, latencyMs: null, handlingMs: null });
    const text = await jetlane(['top', '--once', '--interval', '200ms'], { env: env() });
    expect(text.out).toMatch(/^ {2}STREAM .* OLDEST +P50 +P99 +(HANDLING +)?DEAD/m);
    expect(text.out).toMatch(/^ {4}foreign .* 80 .* - +- +- +0/m);
  }, 60_000);

  it('says which declared streams are missing, and that a server is empty', async () => {
    const empty = await jetlane(['top', '--once', '--interval', '200ms'], { env: env() });
    expect(empty.out).toContain('The server has no streams.');
    const missing = await jetlane(['top', APP, '--once', '--interval', '200ms'], { env: env() });
    expect(missing.out).toMatch(/ORDERS .* not on the server/);
  });

  it('prints once where there is no terminal, and says why', async () => {
    const { code, out, err } = await jetlane(['top', '--interval', '200ms'], { env: env() });
    expect(code).toBe(0);
    expect(out).toContain('jetlane top');
    expect(err).toContain('no terminal that takes keys, so it is shown once');
  });

  it('puts the partitions of a worker together', async () => {
    const running = start(['worker', PARTITIONED, '--json'], { env: env() });
    await running.until(() => running.events().some(({ event }) => event === 'ready'), 'not ready');
    const { out } = await jetlane(['top', PARTITIONED, '--once', '--json'], { env: env() });
    const { streams } = JSON.parse(out) as Document;
    expect(streams.map(({ name }) => name)).toEqual(['ORDERS']);
    expect(streams[0]?.consumers).toMatchObject([{ name: 'billing', partitions: 6 }]);
  });

  it('prints a document a look, with rates, and goes on when the server comes back', async () => {
    await worker();
    const running = start(['top', '--json', '--interval', '200ms'], { env: env() });
    const documents = () => running.events() as unknown as Document[];
    await running.until(() => documents().length >= 2, 'two documents');
    await publish(1, 50);
    const rate = ({ streams }: Document) =>
      streams.find(({ name }) => name === 'ORDERS')?.storedPerS ?? 0;
    await running.until(() => documents().some((one) => rate(one) > 0), 'a rate');
    await server.kill();
    await running.until(() => running.err.includes('the server is away'), 'that it is away');
    const before = documents().length;
    await server.restart();
    await running.until(() => documents().length > before + 1, 'documents again');
    running.child.kill('SIGINT');
    expect((await running.done).code).toBe(130);
  }, 60_000);
});

// skipped: where script(1) of util-linux is missing there is no terminal to run it on
describe.skipIf(!hasPty)('jetlane top, on a terminal', () => {
  const open = (columns: number, rows: number, ...args: string[]) =>
    onPty([process.execPath, BIN, 'top', '--interval', '200ms', ...args], { columns, rows }, env());

  beforeEach(async () => {
    await worker();
  });

  it('shows figures, follows the size of the window, and leaves the terminal as it was', async () => {
    const pty = open(80, 12);
    await pty.until((screen) => /^ {4}billing/m.test(screen), 'its consumers');
    expect(pty.screen()[2]).toMatch(/IN\/S .*OUT\/S .*▾LAG .*PENDING .*P50 +P99/);
    expect(pty.screen()).toHaveLength(12);
    pty.resize(40, 8);
    await pty.until((screen) => !screen.includes('PENDING'), 'fewer columns');
    expect(pty.screen()).toHaveLength(8);
    for (const line of pty.screen()) expect(line.length).toBeLessThanOrEqual(40);
    pty.resize(160, 30);
    await pty.until((screen) => screen.includes('NOTE'), 'more columns');
    pty.type('q');
    expect(await pty.done).toBe(0);
    expect(pty.raw).toContain('\u001b[?1049h');
    expect(pty.raw).toContain('\u001b[?25h\u001b[?1049l');
  }, 60_000);

  it('sorts, filters, folds, pauses and explains itself', async () => {
    const pty = open(100, 24);
    await pty.until((screen) => /^ {4}billing/m.test(screen), 'its consumers');
    pty.type('s');
    await pty.until((screen) => screen.includes('▾OLDEST'), 'another sort');
    pty.type('/mail\r');
    await pty.until((screen) => !screen.includes('billing') && screen.includes('mail'), 'a filter');
    pty.type('\u001b');
    await pty.until((screen) => screen.includes('billing'), 'all of them');
    pty.type('e');
    await pty.until((screen) => screen.includes('▸ ORDERS'), 'folded streams');
    pty.type('p');
    await pty.until((screen) => screen.includes('PAUSED'), 'that it is paused');
    pty.type('?');
    await pty.until((screen) => screen.includes('goes back'), 'help');
    pty.type('\u001b\u0003'); // Escape, and Ctrl-C at once
    expect(await pty.done).toBe(130);
  }, 60_000);

  it('says that the server is away, and shows it when it is back', async () => {
    const pty = open(80, 12);
    await pty.until((screen) => screen.includes('every 200 ms'), 'figures');
    await server.kill();
    await pty.until((screen) => /the server is away for \d s/.test(screen), 'away');
    expect(pty.screen().join('\n')).toContain('billing'); // what was known last
    await server.restart();
    await pty.until((screen) => screen.includes('every 200 ms'), 'that it is back');
    pty.type('q');
    expect(await pty.done).toBe(0);
  }, 60_000);

  it('has no colours where NO_COLOR says so', async () => {
    const pty = onPty(
      [process.execPath, BIN, 'top', '--interval', '200ms'],
      { columns: 80, rows: 12 },
      { ...env(), NO_COLOR: '1' },
    );
    await pty.until((screen) => /^> {2}DLQ/m.test(screen), 'the cursor as a sign');
    pty.type('\u001b[B');
    await pty.until((screen) => screen.includes('>▾ ORDERS'), 'both signs');
    pty.type('\r');
    await pty.until((screen) => screen.includes('>▸ ORDERS'), 'that it is folded');
    expect(pty.raw).not.toContain('\u001b[1m'); // bold names
    expect(pty.raw).not.toContain('\u001b[2m');
  });
});
