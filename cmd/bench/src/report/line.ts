/** What is kept of a report: `docs/benchmarks.jsonl`, a line for each part. The page is made from it alone. */
import type { Flame } from '../charts/flame.ts';
import type { Environment } from '../frame/environment.ts';
import type { Row } from '../frame/output.ts';
import type { Round } from '../measure/contest.ts';
import type { Comparison } from '../rivals/compared.ts';
import type { GrowResult } from '../roles/grower.ts';

/** The parts, in the order of the page. */
export const PARTS = [
  'publish',
  'work',
  'endToEnd',
  'load',
  'bulk',
  'replicas',
  'fanout',
  'compared',
  'orderFlow',
  'heap',
  'flames',
] as const;

/** One of them. */
export type Part = (typeof PARTS)[number];

/** Latencies of one carrier at one rate: share of messages, and the latency that so many stay under. */
export interface Curve {
  readonly rate: number;
  readonly side: string;
  readonly points: readonly (readonly [share: number, us: number])[];
}

/** How far a carrier came as the rate rose. */
export interface Ramp {
  readonly side: string;
  readonly steps: readonly {
    readonly rate: number;
    readonly p50Us: number;
    readonly p99Us: number;
  }[];
  /** The rate that it did not hold, and why; null when it held them all. */
  readonly broke: { readonly rate: number; readonly why: string } | null;
}

/** What was measured, by part. */
export interface Data {
  readonly publish: readonly Round[];
  readonly work: readonly Round[];
  /** By rate. */
  readonly endToEnd: {
    readonly rates: Readonly<Record<string, readonly Round[]>>;
    readonly curves: readonly Curve[];
  };
  readonly load: readonly Ramp[];
  readonly bulk: readonly Round[];
  readonly replicas: readonly Round[];
  readonly fanout: readonly Round[];
  readonly compared: Comparison;
  readonly orderFlow: { readonly rate: number; readonly rows: readonly Row[] };
  readonly heap: readonly GrowResult[];
  readonly flames: { readonly publish: Flame; readonly work: Flame };
}

/** One line. */
export type Line = {
  [P in Part]: {
    readonly part: P;
    /** Short sizes: they show that it runs, rather than how fast. */
    readonly quick: boolean;
    readonly environment: Environment;
    readonly warnings: readonly string[];
    readonly data: Data[P];
  };
}[Part];

/** The lines of a file. */
export function parseLines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** The lines with this one in place of the earlier one of its part. */
export function replaceLine(lines: readonly Line[], line: Line): Line[] {
  return [...lines.filter(({ part }) => part !== line.part), line].sort(
    (a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part),
  );
}

/** The line of a part; undefined when it was not measured. */
export function lineOf<P extends Part>(
  lines: readonly Line[],
  part: P,
): Extract<Line, { readonly part: P }> | undefined {
  return lines.find((line) => line.part === part) as
    | Extract<Line, { readonly part: P }>
    | undefined;
}
