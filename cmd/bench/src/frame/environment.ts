/** Where a figure was measured. Without it a figure says nothing. */
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { LOAD_BEFORE } from './machine-watch.ts';

/** See the head of this file. */
export interface Environment {
  /** Cores, CPU model, memory, kernel, in one line. */
  readonly machine: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Operating system and its version. */
  readonly kernel: string;
  readonly node: string;
  /** Empty before a server was reached. */
  readonly natsServer: string;
  readonly jetlane: string;
  /** Load average over the last minute, as the program began. */
  readonly loadBefore: number;
  /** UTC, ISO 8601. */
  readonly date: string;
  /** What was typed. */
  readonly command: string;
}

/** Of this machine, now. */
export function environment(natsServer: string, command: string): Environment {
  const cores = cpus();
  const cpuModel = cores[0]?.model.trim() || 'unknown CPU';
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const kernel = `${process.platform} ${release()}`;
  return {
    machine: `${cores.length} cores ${cpuModel}, ${memoryGiB} GiB, ${kernel}`,
    cpuModel,
    cores: cores.length,
    memoryGiB,
    kernel,
    node: process.versions.node,
    natsServer,
    jetlane: version(),
    loadBefore: Number(LOAD_BEFORE.toFixed(2)),
    date: new Date().toISOString(),
    command,
  };
}

/** What was typed, as a user types it. */
export function commandLine(args: readonly string[] = process.argv.slice(2)): string {
  const words = args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  return ['jetlane', ...words].join(' ');
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
