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

const PER_S = 200;
/** Short, so that a run need not last long: what a dead process held comes again within it. */
const ACK_WAIT = '4s';

/** Runs 200 drivers, once a second each, with troubles; resolves with its result. */
async function run(seconds: number, trouble: string, ...more: string[]) {
  const { NATS_URL: _, ...env } = process.env;
  const flags = `--headless --for ${seconds}s --drivers ${PER_S} --interval 1s --ack-wait ${ACK_WAIT} --json --trouble ${trouble}`;
  const child = spawn(process.execPath, [MAIN, ...flags.split(' '), ...more], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += data));
  child.stderr.on('data', (data) => (output.stderr += data));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect({ status, stderr: output.stderr }).toMatchObject({ status: 0 });
  const outcome = JSON.parse(output.stdout) as Outcome;
  expect(outcome.published).toBe(PER_S * seconds);
  for (const service of Object.values(outcome.services)) {
    expect(service).toMatchObject({ lost: 0, delivered: outcome.published });
  }
  for (const { phase, words } of outcome.troubles) {
    expect(phase).toBe('over');
    expect(words).toContain('nothing lost');
  }
  /** What was told of one of them. */
  const words = (kind: string, service: string | null) =>
    outcome.troubles.find((one) => one.kind === kind && one.service === service)?.words ?? '';
  return { ...outcome, words, stderr: output.stderr };
}

const number = (text = '') => Number(text.replaceAll(',', ''));

describe('nothing is lost', () => {
  it('when a service is killed, one is slow and one stands still: each by itself, and none of it disturbs the fourth', async () => {
    const plan = 'kill:eta@2s,slow:fraud@2s+3s,block:matching@2s+6s';
    const { services, words } = await run(9, plan);
    expect(words('kill', 'eta')).toMatch(/^eta was killed, back after [\d.]+ s: /);
    const [, most] = /up to ([\d,]+) behind/.exec(words('slow', 'fraud')) ?? [];
    expect(number(most)).toBeGreaterThan(PER_S); // more than a second of reports
    const [, stood] = /stood still for ([\d.]+) s: /.exec(words('block', 'matching')) ?? [];
    expect(Number(stood)).toBeGreaterThanOrEqual(5); // longer than its ack wait
    expect(services['matching']?.redelivered).toBeGreaterThan(0);
    // Those who were slow kept what they held, and who was well got nothing twice.
    for (const name of ['fraud', 'surge']) expect(services[name]?.redelivered).toBe(0);
  }, 180_000);

  it('when one report in a hundred is poisoned: each is a dead letter of that service, also out of a batch, and is replayed', async () => {
    const plan = 'poison:eta@2s+5s,poison:surge@2s+5s,replay:eta@10s';
    const { services, words, stderr } = await run(11, plan);
    const [, buried, replayed, left] =
      /([\d,]+) dead letters?, ([\d,]+) replayed, ([\d,]+) left/.exec(words('poison', 'eta')) ?? [];
    expect(number(buried)).toBeGreaterThan(0);
    expect([replayed, left]).toEqual([buried, '0']);
    const [, ofBatches] = /: ([\d,]+) dead letters?, /.exec(words('poison', 'surge')) ?? [];
    expect(number(ofBatches)).toBeGreaterThan(0);
    expect(number(ofBatches)).toBeLessThan(50); // of a thousand
    expect(services['surge']?.deadLetters).toBe(number(ofBatches));
    for (const name of ['matching', 'eta', 'fraud']) expect(services[name]?.deadLetters).toBe(0);
    for (const name of ['matching', 'fraud']) expect(services[name]?.redelivered).toBe(0);
    expect(stderr).toContain('eta: gave up on location.updated.');
    expect(stderr).toContain('surge: gave up on location.updated.');
    expect(stderr).not.toContain('fraud: gave up');
  }, 180_000);

  it('when every report is sent twice, and services get second processes and lose them again: the stream keeps one', async () => {
    const plan = 'twice@2s+4s,add:matching@2s+3s,add:fraud@2s+3s';
    const { services, words, duplicatesDropped } = await run(8, plan);
    expect(duplicatesDropped).toBeGreaterThan(PER_S);
    const [, again, dropped] =
      /: ([\d,]+) sent again, ([\d,]+) dropped/.exec(words('twice', null)) ?? [];
    expect(dropped).toBe(again);
    for (const name of ['matching', 'fraud'])
      expect(words('add', name)).toContain('drained and left');
    for (const name of ['eta', 'surge']) expect(services[name]?.redelivered).toBe(0);
  }, 180_000);

  it('when nats-server is killed and stays away for a while', async () => {
    const { words } = await run(7, 'restart@2s+3s');
    expect(words('restart', null)).toMatch(/away for [3-9]\.\d s: every report was confirmed/);
  }, 180_000);

  it('when all of it happens at once', async () => {
    const plan =
      'add:fraud@2s,slow:eta@2s+4s,poison:surge@2s+6s,twice@2s+6s,kill:fraud@3s,kill:matching@4s,restart@5s+2s,kill:eta@8s,mend@10s,replay:surge@11s';
    const { troubles } = await run(13, plan);
    expect(troubles).toHaveLength(8);
  }, 240_000);

  it('on a server of somebody else, which is not restarted', async () => {
    const server = await startServer();
    try {
      const { words } = await run(4, 'kill:surge@2s', '--server', server.url);
      expect(words('kill', 'surge')).toContain('surge was killed');
    } finally {
      await server.stop();
    }
  }, 180_000);
});
