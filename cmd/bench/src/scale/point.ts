/** What is recorded: one line about the run, then one for each point that was measured. */
import type { Environment } from '../frame/environment.ts';
import { BenchFailure } from '../frame/failure.ts';

/** What was varied. */
export type Experiment =
  | 'flow'
  | 'paced'
  | 'acks'
  | 'ids'
  | 'subjects'
  | 'consumers'
  | 'filters'
  | 'connections';

/** One measurement. */
export interface Point {
  readonly experiment: Experiment;
  /** Whether the model is fitted to it, or checked on it. */
  readonly use: 'fit' | 'check';
  /** What was set. */
  readonly at: Readonly<Record<string, number>>;
  /** What was found; CPU in microseconds, memory in bytes. */
  readonly found: Readonly<Record<string, number>>;
}

/** The run that the points are of. */
export interface RunLine {
  readonly size: 'quick' | 'full';
  readonly durationMs: number;
  readonly environment: Environment;
  readonly warnings: readonly string[];
}

/** A run with its points. */
export interface Recording {
  readonly run: RunLine;
  readonly points: readonly Point[];
}

/** One line for the run, one for each point. */
export function toLines({ run, points }: Recording): string {
  return [{ run }, ...points].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** @throws BenchFailure when the text is no recording */
export function parseRecording(text: string): Recording {
  const [head, ...points] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);
  const run = (head as { readonly run?: RunLine } | undefined)?.run;
  if (run === undefined)
    throw new BenchFailure(
      'the recording is damaged: its first line must be its run; measure again',
    );
  return { run, points: points as readonly Point[] };
}
