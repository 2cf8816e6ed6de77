/** The ratios of a report against the goals. Pure. */
import { type Judged, judge } from '../guard/goals.ts';
import { toMeasured } from '../guard/ratios.ts';
import { type Line, lineOf } from './line.ts';

/** Every goal, with what was measured. */
export function judgedOf(lines: readonly Line[]): Judged[] {
  const endToEnd = lineOf(lines, 'endToEnd')?.data.rates ?? {};
  return judge(
    toMeasured({
      publish: lineOf(lines, 'publish')?.data ?? [],
      work: lineOf(lines, 'work')?.data ?? [],
      endToEnd1k: endToEnd['1000'] ?? [],
      endToEnd20k: endToEnd['20000'] ?? [],
      bulk: lineOf(lines, 'bulk')?.data ?? [],
      replicas: lineOf(lines, 'replicas')?.data ?? [],
      heap: lineOf(lines, 'heap')?.data ?? [],
    }),
  ).judged;
}

/** `0.12`, `5.3`, `12.4`: three significant digits. */
export function figure(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : String(Number(value.toPrecision(3)));
}
