/** The whole demo as its user starts it: a child process, its exit status and what it prints. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startServer } from '@jetlane/devserver';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SERVICES = ['matching', 'eta', 'fraud', 'surge'];
const children = new Set<ChildProcess>();
/** Whether programs can get a terminal of their own here, from script(1) of util-linux. */
const HAS_PTY =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

function start(args: readonly string[], detached = false) {
  const { NATS_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: 'pipe', detached });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += data));
  child.stderr.on('data', (data) => (output.stderr += data));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, ended };
}

/** Processes that the demo started, by a word of their command line. */
function childrenOf(parent: number | undefined, word: string): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid, ...args]) => Number(ppid) === parent && args.join(' ').includes(word))
    .map(([pid]) => Number(pid));
}

async function demo(...args: string[]) {
  const { output, ended } = start(args);
  return { status: await ended, ...output };
}

describe('the demo without a page', () => {
  it('ends by itself with totals that agree with its ledger', async () => {
    const flags = '--headless --for 4s --drivers 300 --interval 1s --seed 7 --json';
    const { status, stdout, stderr } = await demo(...flags.split(' '));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(Object.keys(result)).toEqual([
      'published',
      'duplicatesDropped',
      'services',
      'rides',
      'eta',
      'seed',
      'server',
      'load',
      'troubles',
    ]);
    expect(result.published).toBe(1200); // 300 drivers, once a second, for four
    expect(result.duplicatesDropped).toBeGreaterThan(0);
    expect(Object.keys(result.services)).toEqual(SERVICES);
    for (const name of SERVICES) {
      const service = result.services[name];
      expect(service).toMatchObject({ delivered: 1200, lost: 0 });
      expect(service.redelivered).toBeGreaterThanOrEqual(0);
      expect(service.lagAtEnd).toBeGreaterThanOrEqual(0);
      const { p50, p99, p999 } = service.latencyMs;
      expect(p50).toBeGreaterThan(0);
      expect(p99).toBeGreaterThanOrEqual(p50);
      expect(p999).toBeGreaterThanOrEqual(p99);
    }
    expect(result.services.fraud.precision).toBe(1);
    expect(result.services.fraud.recall).toBeGreaterThan(0); // one may begin with the last report
    const { cores, limit, ...load } = result.load;
    expect(load).toMatchObject({
      intendedPerS: 300,
      skipped: 0,
      failed: 0,
      viewers: null,
      floor: null,
    });
    expect(cores.simulator).toBeGreaterThan(0);
    for (const name of SERVICES) expect(cores.services[name]).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(cores.server).toBeGreaterThan(0);
    expect(limit).not.toBe('');
    expect(result.rides.requested).toBeGreaterThan(0);
    expect(result.rides.matched).toBeLessThanOrEqual(result.rides.requested);
    expect(result).toMatchObject({
      seed: 7,
      server: expect.stringMatching(/^nats-server 2\.\d+\.\d+/),
    });
  });

  it('shares each service among processes, and the drivers among those of fraud, twice in a row on one server, and leaves nothing that would fill up', async () => {
    const server = await startServer();
    const connection = await connect({ servers: server.url });
    const streams = async () =>
      (await connection.request('$JS.API.STREAM.NAMES')).json<{ streams: string[] }>().streams;
    const shared = ['--headless', '--processes', '2', '--json', '--server', server.url];
    try {
      const first = await demo(...shared, ...'--for 3s --drivers 200 --interval 1s'.split(' '));
      expect({ status: first.status, stderr: first.stderr }).toEqual({ status: 0, stderr: '' });
      for (const name of SERVICES) {
        const service = JSON.parse(first.stdout).services[name];
        expect(service).toMatchObject({ delivered: 600, lost: 0 });
      }
      const { output, ended } = start([
        ...shared,
        ...'--for 8s --drivers 400 --interval 500ms'.split(' '),
      ]);
      await expect.poll(streams, { timeout: 60_000 }).toContain('LOCATIONS-fraud');
      expect(await ended).toBe(0);
      const { services, published } = JSON.parse(output.stdout);
      expect(published).toBeGreaterThan(0); // 6,400 where the machine gets to send all of them
      for (const name of SERVICES) {
        expect(services[name]).toMatchObject({ delivered: published, lost: 0 });
      }
      expect(services.fraud).toMatchObject({ precision: 1, recall: 1 });
      expect(await streams()).toContain('LOCATIONS');
      expect(await streams()).not.toContain('LOCATIONS-fraud');
    } finally {
      await connection.close();
      await server.stop();
    }
  }, 120_000);

  it('shows real viewers what moves, and puts core NATS below it', async () => {
    const flags = '--headless --for 2s --drivers 300 --interval 500ms --viewers 30 --floor --json';
    const { status, stdout, stderr } = await demo(...flags.split(' '));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { viewers, floor, cores } = JSON.parse(stdout).load;
    expect(viewers).toMatchObject({ viewers: 30, shed: 0 });
    expect(viewers.positionsPerS).toBeGreaterThan(0);
    expect(viewers.latencyMs.p99).toBeGreaterThan(0);
    expect(cores.gateway).toBeGreaterThan(0);
    expect(floor.latencyMs.p50).toBeGreaterThan(0);
    expect(floor.servicesTimes).toBeGreaterThan(0);
    expect(floor.viewersTimes).toBeGreaterThan(0);
  }, 90_000);

  it('raises its drivers until it breaks, and prints the table', async () => {
    const flags = '--headless --ramp --for 1s --drivers 20000 --interval 100ms';
    const { status, stdout } = await demo(...flags.split(' '));
    expect(status).toBe(1);
    expect(stdout).toContain('offered/s confirmed/s');
    expect(stdout).toMatch(/20,000 +200,000 .* no/);
    expect(stdout).toContain('not even the first step held');
    expect(stdout).toMatch(/above it: .*(processor|one thread|--processes|waited)/);
  }, 90_000);

  it('loses nothing when a service process and its nats-server are killed, and starts both again', async () => {
    const flags = '--headless --for 6s --drivers 300 --interval 1s --ack-wait 4s';
    const { child, output, ended } = start(flags.split(' '));
    const pids = () => childrenOf(child.pid, 'process-main');
    await expect.poll(() => pids().length, { timeout: 30_000 }).toBe(SERVICES.length);
    await expect.poll(() => output.stdout, { timeout: 30_000 }).toContain('published/s');
    process.kill(pids()[0] as number, 'SIGKILL');
    await expect.poll(() => output.stderr, { timeout: 30_000 }).toContain('and is started again');
    const [victim] = childrenOf(child.pid, 'nats-server -');
    process.kill(victim as number, 'SIGKILL');
    expect(await ended).toBe(0);
    expect(output.stderr).toContain('the nats-server ended and is started again');
    expect(output.stdout).toMatch(/1,800 published, .* nothing lost/);
    expect(output.stdout).toMatch(/died 1 times and was started again/);
  }, 90_000);

  it('drains and sums up on Ctrl-C', async () => {
    const { child, output, ended } = start('--headless --drivers 100 --interval 1s'.split(' '));
    await expect.poll(() => output.stdout, { timeout: 30_000 }).toContain('published/s');
    // What a terminal sends to all of its programs, npm passes on, too: that is one wish.
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output.stdout).toContain('stopping; another Ctrl-C ends it without waiting');
    expect(output.stdout).toMatch(/published, \d+ duplicates dropped, nothing lost/);
  }, 60_000);

  it.skipIf(process.platform === 'win32')(
    'says only that it was stopped when Ctrl-C comes while its services start',
    async () => {
      const { child, output, ended } = start(['--headless'], true);
      const pids = () => childrenOf(child.pid, 'process-main');
      await expect.poll(() => pids().length, { timeout: 30_000, interval: 5 }).toBeGreaterThan(0);
      process.kill(-(child.pid as number), 'SIGINT'); // all of its processes, as a terminal does
      expect(await ended).toBe(130);
      expect(output.stderr).toBe('stopped before it began\n');
    },
    60_000,
  );

  it.skipIf(!HAS_PTY)(
    'does not show what is typed over its table, and ends with Ctrl-C',
    async () => {
      const command = `stty cols 100 rows 30; exec '${process.execPath}' '${MAIN}' --port 0`;
      const { NATS_URL: _, ...env } = process.env;
      const child = spawn('script', ['-qfec', command, '/dev/null'], {
        env: { ...env, TERM: 'xterm-256color' },
      });
      children.add(child);
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const frames = () => shown.split('eta error').length;
      await expect.poll(frames, { timeout: 30_000 }).toBeGreaterThan(1);
      child.stdin.write('zqx\r');
      const drawn = frames();
      await expect.poll(frames, { timeout: 30_000 }).toBeGreaterThan(drawn + 1);
      expect(shown).not.toContain('zqx');
      expect(shown).not.toContain('\u001b[?25h');
      child.stdin.write('\u0003');
      expect(await ended).toBe(0);
      expect(shown).toContain('stopping; another Ctrl-C ends it without waiting');
      expect(shown).toContain('nothing lost');
      expect(shown).toContain('\u001b[?25h'); // there is a cursor again
    },
    60_000,
  );

  it('ends in order when nobody reads what it says any more', async () => {
    const { child, output, ended } = start('--headless --drivers 100 --interval 1s'.split(' '));
    await expect.poll(() => output.stdout, { timeout: 30_000 }).toContain('published/s');
    child.stdout?.destroy();
    expect({ status: await ended, stderr: output.stderr }).toEqual({ status: 0, stderr: '' });
  }, 60_000);
});

describe('the demo, asked for the impossible', () => {
  it('answers wrong usage with one sentence and 2', async () => {
    const { status, stdout, stderr } = await demo('--drivers', '0');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('whole number from 1 to 200000');
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });

  it('says which port is in use and what to do, before it starts anything', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { status, stdout, stderr } = await demo('--port', String(port), '--for', '1s');
    taken.close();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      `127.0.0.1:${port} is in use: choose another with --port, or --port 0 for a free one\n`,
    );
  });

  it.each(['/dev/null/store', '/proc/store'])(
    'says that a store cannot be written: %s',
    async (store) => {
      const { status, stderr } = await demo('--store', store, '--for', '1s');
      expect(status).toBe(1);
      expect(stderr).toContain(`the store ${store} is not writable`);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  it('says that a server is away', async () => {
    const { status, stderr } = await demo('--server', 'nats://127.0.0.1:1', '--for', '1s');
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('127.0.0.1:1');
  });
});
