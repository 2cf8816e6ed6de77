import { fileURLToPath } from 'node:url';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jetlane, start, until } from './cli.ts';

const APP = fileURLToPath(new URL('fixtures/partitioned-app.ts', import.meta.url));

let server: Server;

beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.stop());

interface Listed {
  readonly partition: number;
  readonly owner?: string;
  readonly pinned: boolean;
  readonly lag: number;
  readonly ackPending: number;
  readonly oldestMs?: number;
}

const env = () => ({ NATS_URL: server.url });

async function list(): Promise<Listed[]> {
  const { code, out } = await jetlane(['partitions', 'ls', '--json'], { env: env() });
  expect(code).toBe(0);
  return JSON.parse(out) as Listed[];
}

describe('jetlane partitions', () => {
  it('shows how processes share them, and what waits in each', async () => {
    const worker = start(['worker', APP, '--processes', '3', '--json'], { env: env() });
    const ready = () => worker.events().filter(({ event }) => event === 'ready');
    await worker.until(() => ready().length === 3, 'not all ready');
    const pids = ready().map(({ pid }) => String(pid));
    let partitions: Listed[] = [];
    await until(
      async () => {
        partitions = await list();
        const owners = partitions.map(({ owner }) => owner?.split('/').at(-1) ?? '');
        return pids.every((pid) => owners.filter((owner) => owner === pid).length === 2);
      },
      () => `two for each of ${pids.join(', ')}: ${JSON.stringify(partitions)}`,
    );
    expect(partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4, 5]);

    const slow = ['publish', 'OrderPlaced', '{"customerId":"c","number":4000}', '--app', APP];
    expect((await jetlane([...slow, '--count', '2'], { env: env() })).code).toBe(0);
    await until(
      async () => {
        partitions = await list();
        return partitions.some(({ ackPending, pinned }) => ackPending > 0 && pinned);
      },
      () => `work in one: ${JSON.stringify(partitions)}`,
    );
    expect(partitions.find(({ ackPending }) => ackPending > 0)?.oldestMs).toBeGreaterThan(0);
    expect(partitions.filter(({ oldestMs }) => oldestMs === undefined)).toHaveLength(5);

    const text = await jetlane(['partitions', 'ls'], { env: env() });
    expect(text.out).toMatch(/^WORKER +STREAM +PARTITION +OWNER +LAG +PENDING +OLDEST/);
    expect(text.out).toMatch(/^billing +ORDERS +5 /m);
    const none = await jetlane(['partitions', 'ls', '--worker', 'mail'], { env: env() });
    expect(none.out).toBe("No worker 'mail' is partitioned; partitioned: billing.\n");
    const streams = await jetlane(['streams', 'ls', APP, '--json'], { env: env() });
    expect((JSON.parse(streams.out) as { name: string }[]).map(({ name }) => name)).toEqual([
      'ORDERS',
      'ORDERS-billing',
    ]);
  }, 60_000);
});
