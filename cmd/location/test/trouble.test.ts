/** Every way to break the demo, without a page: what each run's own ledger and figures say of it afterwards. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startServer } from '@jetlane/devserver';
import { describe, expect, it, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Outcome {
  readonly published: number;
  readonly duplicatesDropped: number;
  readonly services: Readonly<
    Record<
      string,
      {
        delivered: number;
        lost: number;
        redelivered: number;
        deadLetters: number;
        lagAtEnd: number;
      }
    >
  >;
  readonly troubles: readonly {
    kind: string;
    service: string | null;
    phase: string;
    words: string;
  }[];
}

/** Runs 100 drivers, once a second each, with troubles; resolves with its result. */
async function run(seconds: number, trouble: string, ...more: string[]) {
  const { NATS_URL: _, ...env } = process.env;
  const flags = `--headless --for ${seconds}s --drivers 100 --interval 1s --json --trouble ${trouble}`;
  const child = spawn(process.execPath, [MAIN, ...flags.split(' '), ...more], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += data));
  child.stderr.on('data', (data) => (output.stderr += data));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect({ status, stderr: output.stderr }).toMatchObject({ status: 0 });
  const outcome = JSON.parse(output.stdout) as Outcome;
  expect(outcome.published).toBe(100 * seconds);
  for (const service of Object.values(outcome.services)) {
    expect(service).toMatchObject({ lost: 0, delivered: outcome.published });
  }
  for (const { phase, words } of outcome.troubles) {
    expect(phase).toBe('over');
    expect(words).toContain('nothing lost');
  }
  return { ...outcome, stderr: output.stderr };
}

describe('nothing is lost', () => {
  it('when a service is killed: what it held comes again, and the others get nothing twice', async () => {
    const { services, troubles } = await run(8, 'kill:eta@3s');
    expect(troubles).toMatchObject([{ kind: 'kill', service: 'eta' }]);
    expect(troubles[0]?.words).toMatch(/^eta was killed, back after [\d.]+ s: /);
    for (const name of ['matching', 'fraud', 'surge']) {
      expect(services[name]?.redelivered).toBe(0);
    }
  }, 180_000);

  it('when a service is slow: it falls behind by itself, and catches up', async () => {
    const { services, troubles } = await run(9, 'slow:fraud@3s+4s');
    const [, most] = /up to ([\d,]+) behind/.exec(troubles[0]?.words ?? '') ?? [];
    expect(Number(most?.replaceAll(',', ''))).toBeGreaterThan(200); // two seconds of reports
    for (const service of Object.values(services)) expect(service.redelivered).toBe(0);
  }, 180_000);

  it('when its event loop stands still for longer than its ack wait', async () => {
    const { services, troubles } = await run(18, 'block:matching@3s+12s');
    expect(troubles[0]?.words).toMatch(/^the event loop of matching stood still for 1[12]\.\d s: /);
    expect(services['matching']?.redelivered).toBeGreaterThan(0);
    for (const name of ['eta', 'fraud', 'surge']) {
      expect(services[name]?.redelivered).toBe(0);
    }
  }, 180_000);

  it('when one report in a hundred is poisoned: each is a dead letter of that service, and is replayed', async () => {
    const { services, troubles, stderr } = await run(18, 'poison:eta@3s+8s,replay:eta@15s');
    const [, buried, replayed, left] =
      /([\d,]+) dead letters?, ([\d,]+) replayed, ([\d,]+) left/.exec(troubles[0]?.words ?? '') ??
      [];
    expect(Number(buried)).toBeGreaterThan(0);
    expect([replayed, left]).toEqual([buried, '0']);
    for (const service of Object.values(services)) expect(service.deadLetters).toBe(0);
    expect(stderr).toContain('eta: gave up on location.updated.');
    expect(stderr).not.toContain('surge: gave up');
  }, 180_000);

  it('when a batch holds poison: only the poisoned one of it is set aside', async () => {
    const { services, troubles } = await run(14, 'poison:surge@3s+8s');
    const [, buried] = /: ([\d,]+) dead letters?, /.exec(troubles[0]?.words ?? '') ?? [];
    expect(Number(buried)).toBeGreaterThan(0);
    expect(Number(buried)).toBeLessThan(50); // of a thousand
    expect(services['surge']?.deadLetters).toBe(Number(buried));
  }, 180_000);

  it('when every report is sent twice: the stream keeps one, and no service sees the other', async () => {
    const { services, troubles, duplicatesDropped } = await run(9, 'twice@3s+4s');
    expect(duplicatesDropped).toBeGreaterThan(300);
    const [, again, dropped] =
      /: ([\d,]+) sent again, ([\d,]+) dropped/.exec(troubles[0]?.words ?? '') ?? [];
    expect(dropped).toBe(again);
    for (const service of Object.values(services)) expect(service.redelivered).toBe(0);
  }, 180_000);

  it('when nats-server is killed and stays away for a while', async () => {
    const { troubles } = await run(12, 'restart@3s+3s');
    expect(troubles[0]?.words).toMatch(/away for [3-9]\.\d s: every report was confirmed/);
  }, 180_000);

  it('when a service gets a second process, and loses it again', async () => {
    const { services, troubles } = await run(16, 'add:matching@3s+5s,add:fraud@4s+5s');
    expect(troubles.map(({ kind, service }) => `${kind} ${service}`)).toEqual([
      'add matching',
      'add fraud',
    ]);
    for (const { words } of troubles) expect(words).toContain('drained and left');
    for (const name of ['eta', 'surge']) expect(services[name]?.redelivered).toBe(0);
  }, 180_000);

  it('when all of it happens at once', async () => {
    const all =
      'add:fraud@2s,slow:eta@3s+6s,poison:surge@3s+8s,twice@3s+10s,kill:fraud@5s,kill:matching@6s,restart@8s+2s,kill:eta@11s,mend@16s,replay:surge@18s';
    const { troubles } = await run(24, all);
    expect(troubles).toHaveLength(8);
  }, 240_000);

  it('on a server of somebody else, which is not restarted', async () => {
    const server = await startServer();
    try {
      const { troubles } = await run(8, 'kill:surge@3s', '--server', server.url);
      expect(troubles[0]?.words).toContain('surge was killed');
    } finally {
      await server.stop();
    }
  }, 180_000);
});
