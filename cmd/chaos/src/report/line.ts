/** One run as it is kept: a line of `docs/reliability.jsonl`. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Claim, Counts, FaultName, Nodes, Settings, Size } from '../fault.ts';
import { RunFailure } from '../run-failure.ts';
import type { Result } from '../trial.ts';

/** What is kept of a run. */
export interface Line {
  readonly name: FaultName;
  readonly nodes: Nodes;
  readonly size: Size;
  readonly seed: number;
  readonly ok: boolean;
  readonly problems: readonly string[];
  /** Day of the run, UTC. */
  readonly date: string;
  readonly durationMs: number;
  readonly settings: Settings;
  readonly counts: Counts;
  readonly safe: readonly Claim[];
  readonly bite: readonly Claim[];
  readonly figures: Readonly<Record<string, number | string>>;
  readonly versions: {
    readonly jetlane: string;
    readonly natsServer: string;
    readonly node: string;
  };
  /** Cores, how busy they were, memory and kernel. */
  readonly machine: string;
}

/** The line of a run that came to its end. */
export function toLine(result: Result, settings: Settings, jetlane: string): Line {
  const { name, nodes, size, seed, ok, problems, durationMs, outcome } = result;
  if (outcome === undefined) throw new RunFailure(`${name} did not come to its end`);
  const { safe, bite, figures, ...counts } = outcome;
  return {
    name,
    nodes,
    size,
    seed,
    ok,
    problems,
    date: new Date().toISOString().slice(0, 10),
    durationMs,
    settings,
    counts,
    safe,
    bite,
    figures,
    versions: {
      jetlane,
      natsServer: result.serverVersion ?? '',
      node: process.versions.node,
    },
    machine: machine(),
  };
}

/** The lines of a file. A fault has one line for each number of servers; what is no line is refused. */
export function parseLines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** The file with this line in place of the earlier one of the same fault and number of servers. */
export function replaceLine(lines: readonly Line[], line: Line, order: readonly string[]): Line[] {
  const place = ({ name, nodes }: Line) => order.indexOf(name) * 10 + nodes;
  return [
    ...lines.filter((each) => each.name !== line.name || each.nodes !== line.nodes),
    line,
  ].sort((a, b) => place(a) - place(b));
}

function machine(): string {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${cpus().length} cores (load ${load}), ${memoryGiB} GiB, ${process.platform} ${release().split('-')[0]}`;
}
