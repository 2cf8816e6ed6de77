/**
 * `nats bench` of natscli, in Go: what the server's own tool reaches on this machine, as its cheat sheet shows it (`nats cheat
 * bench`: `js pub async` in batches of 1,000, `js consume`), with message ids as all others here have. It measures no latency end to end.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuTimeUs } from '../frame/cpu-time.ts';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import type { Stage } from '../frame/stage.ts';
import { findProgram, type Missing, removeFolder, temporaryFolder } from './brokers/broker.ts';
import type { Throughput, Trial } from './trial.ts';

export const natsBench = {
  id: 'nats-bench',
  title: 'nats bench (Go)',
  durability:
    'JetStream file storage, R1, default sync_interval (2 min): confirmed once the operating system has it',
  how: 'js pub async --batch 1000 --dedup; js consume --acks explicit --batch 1000; one client each, empty payloads of the same size',
} as const;

/** The program, where there is one. */
export function findNatsBench(): { readonly program: string; readonly version: string } | Missing {
  const program = findProgram('nats');
  if (program === undefined)
    return {
      missing: 'no nats (natscli) on the PATH: go install github.com/nats-io/natscli/nats@latest',
    };
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return { program, version: `natscli ${stdout?.trim() || 'of unknown version'}` };
}

/** What it is asked for. */
export interface NatsBenchOptions {
  readonly program: string;
  readonly address: string;
  readonly size: number;
  readonly count: number;
}

/** One round. What fails is told in the trial. Never rejects. */
export async function playNatsBench(
  stage: Stage,
  round: number,
  { program, address, size, count }: NatsBenchOptions,
): Promise<Trial> {
  stage.progress.show(`round ${round}: ${natsBench.title}`);
  const name = stage.nameFor(`NATSBENCH${round}`);
  const folder = await temporaryFolder('natscli');
  const run = (words: readonly string[], more: readonly string[]) =>
    measured(stage, program, folder, count, [
      ...['--no-context', '-s', address, 'bench', 'js', ...words, '--stream', name],
      ...['--msgs', String(count), '--size', `${size}B`, '--no-progress', '--batch', '1000'],
      ...more,
    ]);
  const none = { rival: natsBench.id, round, latency: [] };
  try {
    const subject = name.toLowerCase();
    const publish = await run(
      ['pub', 'async', subject],
      ['--create', '--storage', 'file', '--dedup'],
    );
    const work = await run(['consume'], ['--acks', 'explicit']);
    return { ...none, publish, work, failure: null };
  } catch (error) {
    return { ...none, publish: null, work: null, failure: messageOf(error) };
  } finally {
    await stage.connection.jsm.streams.delete(name).catch(() => false);
    await removeFolder(folder);
  }
}

const CSV = 'figures.csv';
const POLL_MS = 20;
const WORDS_MAX = 2_000;

async function measured(
  stage: Stage,
  program: string,
  folder: string,
  count: number,
  args: readonly string[],
): Promise<Throughput> {
  const before = stage.serverCpuUs();
  // Its own folder of contexts, so that none of the user's is read.
  const env = { ...process.env, XDG_CONFIG_HOME: folder };
  const child = spawn(program, [...args, '--csv', join(folder, CSV)], {
    env,
    signal: stage.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-WORDS_MAX);
    });
  let cpuUs: number | undefined;
  // The accounts of a process are gone with it: its last reading counts.
  const timer = setInterval(() => {
    cpuUs = cpuTimeUs(child.pid === undefined ? [] : [child.pid]) ?? cpuUs;
  }, POLL_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new BenchFailure(`nats ${args.slice(3, 7).join(' ')}: ${words.trim()}`);
  const after = stage.serverCpuUs();
  return {
    perSecond: perSecondOf(await readFile(join(folder, CSV), 'utf8')),
    cpuUs: cpuUs === undefined ? null : cpuUs / count,
    serverCpuUs: before === undefined || after === undefined ? null : (after - before) / count,
  };
}

/**
 * The rate in its CSV file, one client.
 *
 * @throws BenchFailure when it has none: another version of natscli
 */
export function perSecondOf(csv: string): number {
  const [head = '', row = ''] = csv.trim().split('\n');
  const rate = Number(row.split(',')[head.split(',').indexOf('MsgsPerSec')]);
  if (rate > 0) return rate;
  throw new BenchFailure(
    'nats bench wrote a CSV file without MsgsPerSec: its version is not known',
  );
}
