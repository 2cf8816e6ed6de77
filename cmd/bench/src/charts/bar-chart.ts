/** Bars side by side, with the range of the rounds as a thin line over each. Pure. */
import { picture, round, text } from './svg.ts';

/** A bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Of the palette; 0 is ours. */
  readonly colour: number;
}

/** See the head of this file. */
export interface BarChart {
  readonly title: string;
  readonly words: string;
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
}

const WIDTH = 760;
const LEFT = 250;
const RIGHT = 640;
const TOP = 44;
const STEP = 34;

/** The picture. */
export function barChart({ title, words, bars, format }: BarChart): string {
  const longest = Math.max(...bars.map(({ max }) => max), 1e-9);
  const at = (value: number) => round(LEFT + (value / longest) * (RIGHT - LEFT));
  const body = bars.flatMap(({ name, value, min, max, colour }, i) => {
    const y = TOP + i * STEP;
    const middle = y + 11;
    return [
      text(LEFT - 12, middle + 4, name, { anchor: 'end' }),
      `<rect class="f${colour}" x="${LEFT}" y="${y}" width="${round(at(value) - LEFT)}" height="22" rx="2"/>`,
      `<line x1="${at(min)}" x2="${at(max)}" y1="${middle}" y2="${middle}" stroke="var(--ink)" stroke-width="1.5"/>`,
      text(at(max) + 10, middle + 4, format(value)),
    ];
  });
  return picture({ width: WIDTH, height: TOP + bars.length * STEP + 14 }, { title, words }, body);
}
