import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jetlane, start, until } from './cli.ts';

let server: Server;
let connection: Connection;
let scratch: string;

beforeAll(async () => {
  server = await startServer();
  connection = await open({ servers: server.url });
  scratch = mkdtempSync(join(tmpdir(), 'jetlane-bench-test-'));
}, 60_000);

afterAll(async () => {
  await connection.nc.close();
  await server.stop();
  rmSync(scratch, { recursive: true });
});

const bench = (...args: string[]) => jetlane(['bench', ...args, '-s', server.url]);

async function streams(): Promise<string[]> {
  const names: string[] = [];
  for await (const { config } of connection.jsm.streams.list()) names.push(config.name);
  return names.sort();
}

/** What a run printed with `--json`. */
function found(out: string) {
  return JSON.parse(out) as {
    readonly benchmark: string;
    readonly rows: readonly Readonly<Record<string, number | string>>[];
    readonly warnings: readonly string[];
    readonly notes?: readonly string[];
    readonly partial: boolean;
    readonly environment: Readonly<Record<string, unknown>>;
  };
}

describe('a benchmark against a server of others', () => {
  it('publishes a number of messages, tells where, and leaves no stream', async () => {
    const { code, out, err } = await bench('publish', '--msgs', '2000', '--clients', '2', '--json');
    expect(code, err).toBe(0);
    const { rows, partial, environment } = found(out);
    expect(rows[0]).toMatchObject({ side: 'client.publish', count: 2_000, failed: 0 });
    expect(partial).toBe(false);
    expect(environment).toMatchObject({
      node: process.versions.node,
      natsServer: server.binary.version,
    });
    expect(environment.command).toContain('jetlane bench publish --msgs 2000');
    expect(await streams()).toEqual([]);
  }, 60_000);

  it('measures latency, consumption, fan-out, requests and a soak, each to its last message', async () => {
    const runs: readonly (readonly [string, ...string[]])[] = [
      ['latency', '--rate', '200', '--duration', '500ms'],
      ['consume', '--msgs', '2000'],
      ['fanout', '--rate=100', '--duration=500ms', '--workers=2', '--viewers=3', '--keys=10'],
      ['request', '--msgs', '200'],
      ['soak', '--rate', '200', '--duration', '1s', '--interval', '500ms'],
    ];
    const counts: Record<string, unknown> = {};
    for (const [name, ...flags] of runs) {
      const { code, out, err } = await bench(name, ...flags, '--json');
      expect(code, `${name}: ${err}`).toBe(0);
      counts[name] = found(out).rows.map(({ count }) => count);
    }
    expect(counts).toMatchObject({
      latency: [100],
      consume: [2_000],
      // Three viewers look at seven of ten keys each.
      fanout: [100, 50, 50, 105],
      request: [200],
    });
    expect(await streams()).toEqual([]);
  }, 120_000);

  it('refuses a stream name that exists, and leaves that stream alone', async () => {
    await connection.jsm.streams.add({ name: 'TAKEN', subjects: ['taken.>'] });
    const { code, out, err } = await bench('latency', '--stream', 'TAKEN');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(
      'the server has a stream TAKEN already: a benchmark creates and removes its own',
    );
    expect(await streams()).toEqual(['TAKEN']);
    await connection.jsm.streams.delete('TAKEN');
  }, 60_000);

  it('refuses a payload over the limit before it makes anything', async () => {
    const { code, err } = await bench('publish', '--size', '1MiB');
    expect(code).toBe(1);
    expect(err).toContain('--size 1048576 does not fit: this server takes 1048576 bytes a message');
    expect(await streams()).toEqual([]);
  }, 60_000);

  it('reports a rate that it cannot offer instead of missing it silently', async () => {
    const args = ['--rate', '5M', '--duration', '300ms', '--json'];
    const { out, err } = await bench('latency', ...args);
    expect(found(out).warnings.join('\n'), err).toMatch(
      /could not offer 5000000\/s: \d+\/s were sent/,
    );
  }, 60_000);

  it('writes an HDR log and comma-separated values, or says why not', async () => {
    const [log, csv] = [join(scratch, 'a.hlog'), join(scratch, 'a.csv')];
    const short = ['publish', '--msgs', '200'];
    const written = await bench(...short, '--histogram', log, '--csv', csv);
    expect(written.code, written.err).toBe(0);
    expect(readFileSync(log, 'utf8')).toMatch(/^#\[Histogram log format version 1\.3\]\n/);
    expect(readFileSync(csv, 'utf8')).toMatch(
      /^benchmark,side,count,.*\npublish,client.publish,200,/,
    );
    const nowhere = join(scratch, 'none', 'a.hlog');
    const refused = await bench(...short, '--histogram', nowhere);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(`the folder ${join(scratch, 'none')} is not there`);
    expect(await streams()).toEqual([]);
  }, 60_000);
});

describe('an end in the middle', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: partial results that say so, exit code 130, no stream and no process left',
    async (signal) => {
      const run = start(['bench', 'latency', '--duration', '60s', '--json', '-s', server.url]);
      // Past the warm-up, which ends after some hundreds.
      await run.until(async () => (await stored()) > 900, 'messages');
      const children = childrenOf(run.child.pid as number);
      expect(children.length).toBeGreaterThanOrEqual(process.platform === 'linux' ? 2 : 0);
      run.child.kill(signal);
      const { code, out, err } = await run.done;
      expect(code, err).toBe(130);
      const { partial, rows } = found(out);
      expect(partial).toBe(true);
      expect(rows[0]?.count).toBeGreaterThan(0);
      expect(await streams()).toEqual([]);
      expect(children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    },
    60_000,
  );

  it('its processes end with it when it is killed', async () => {
    const run = start(['bench', 'publish', '--duration', '60s', '-s', server.url]);
    await run.until(async () => (await stored()) > 20, 'messages');
    const children = childrenOf(run.child.pid as number);
    run.child.kill('SIGKILL');
    await run.done;
    await until(
      () => !children.some((pid) => existsSync(`/proc/${pid}`)),
      () => `processes ${children} to end`,
    );
    for (const name of await streams()) await connection.jsm.streams.delete(name);
  }, 60_000);
});

describe('what is wrong is said in words', () => {
  it.each([
    [
      ['bench', 'latency', '--rate', '0'],
      "argument '0' is invalid. expected a whole number from 1 to 5000000.",
    ],
    [
      ['bench', 'publish', '--duration', '5'],
      "expected a duration such as '500ms', '10s', '2m' or '1h'.",
    ],
    [['bench', 'publish', '--size', '10'], 'expected bytes from 96 to 67108864'],
    [['bench', 'publish', '--replicas', '6'], 'expected a whole number from 1 to 5.'],
    [['bench', 'publish', '--storage', 'tape'], 'Allowed choices are file, memory.'],
    [
      ['bench', 'publish', '--json', '--csv'],
      "option '--json' cannot be used with option '--csv [file]'",
    ],
    [
      ['bench', 'guard', '--only', 'speed'],
      "there is no contest 'speed': expected some of publish, work",
    ],
    [
      ['bench', 'report', '--only', 'speed'],
      "there is no part 'speed': expected some of publish, work",
    ],
    [['bench', 'latncy'], "unknown command 'latncy'"],
  ])(
    '%j is wrong usage',
    async (args, words) => {
      const { code, out, err } = await jetlane(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(words);
    },
    60_000,
  );

  it('a server that is not there, and one without JetStream', async () => {
    const away = await jetlane(['bench', 'publish', '-s', 'nats://127.0.0.1:1']);
    expect(away.code).toBe(1);
    expect(away.err).toContain('no nats-server answers at nats://127.0.0.1:1');
    const plain = await startServer({ jetstream: false });
    const without = await jetlane(['bench', 'publish', '-s', plain.url]);
    await plain.stop();
    expect(without.code).toBe(1);
    expect(without.err).toContain('JetStream');
  }, 60_000);

  it('a folder without results cannot be rendered', async () => {
    const { code, err } = await jetlane(['bench', 'report', '--render', '--out', scratch]);
    expect(code).toBe(1);
    expect(err).toContain('cannot be read: ENOENT');
    expect(readdirSync(scratch)).not.toContain('benchmarks.md');
  }, 60_000);
});

/** Messages in the streams of a run. */
async function stored(): Promise<number> {
  let sum = 0;
  for await (const { state } of connection.jsm.streams.list()) sum += state.messages;
  return sum;
}

/** Of Linux; elsewhere none are known. */
function childrenOf(parent: number): number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false; // it is gone
      }
    })
    .map(Number);
}
