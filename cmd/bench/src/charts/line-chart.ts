/** Lines over a common scale, logarithmic where asked, each named at its end. Pure. */
import { escaped, picture, round, text } from './svg.ts';

/** A line. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A scale. */
export interface Axis {
  readonly title: string;
  readonly log?: boolean;
  /** Where it is marked. Default: chosen by the values. */
  readonly ticks?: readonly number[];
  readonly format: (value: number) => string;
}

/** See the head of this file. */
export interface LineChart {
  readonly title: string;
  readonly words: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const WIDTH = 760;
const HEIGHT = 400;
const BOX = { left: 74, right: 590, top: 60, bottom: 350 };

/** The picture. */
export function lineChart({ title, words, x, y, series }: LineChart): string {
  const points = series.flatMap((each) => each.points);
  const across = scale(
    x,
    points.map(([value]) => value),
    [BOX.left, BOX.right],
  );
  const up = scale(
    y,
    points.map(([, value]) => value),
    [BOX.bottom, BOX.top],
  );
  const body = [
    ...across.ticks.flatMap((value) => [
      `<line class="grid" x1="${across.at(value)}" x2="${across.at(value)}" y1="${BOX.top}" y2="${BOX.bottom}"/>`,
      text(across.at(value), BOX.bottom + 18, x.format(value), { kind: 'soft', anchor: 'middle' }),
    ]),
    ...up.ticks.flatMap((value) => [
      `<line class="grid" x1="${BOX.left}" x2="${BOX.right}" y1="${up.at(value)}" y2="${up.at(value)}"/>`,
      text(BOX.left - 8, up.at(value) + 4, y.format(value), { kind: 'soft', anchor: 'end' }),
    ]),
    text((BOX.left + BOX.right) / 2, HEIGHT - 12, x.title, { kind: 'soft', anchor: 'middle' }),
    text(BOX.left - 58, BOX.top - 16, y.title, { kind: 'soft' }),
    ...series.map(({ points: own, name }, i) => {
      const path = own.map(([px, py]) => `${across.at(px)},${up.at(py)}`).join(' ');
      return `<polyline class="line c${i}" points="${path}"><title>${escaped(name)}</title></polyline>`;
    }),
    ...series.flatMap(({ points: own }, i) =>
      own.map(
        ([px, py]) => `<circle class="f${i}" cx="${across.at(px)}" cy="${up.at(py)}" r="2.5"/>`,
      ),
    ),
    ...names(series, up.at),
  ];
  return picture({ width: WIDTH, height: HEIGHT }, { title, words }, body);
}

/** At the ends of the lines, pushed apart where they would overlap. */
function names(series: readonly Series[], yAt: (value: number) => number): string[] {
  const ends = series
    .map(({ name, points }, i) => ({ name, i, y: yAt(points.at(-1)?.[1] ?? 1) }))
    .sort((a, b) => a.y - b.y);
  let lowest = Number.NEGATIVE_INFINITY;
  return ends.flatMap(({ name, i, y }) => {
    lowest = Math.max(y, lowest + 18);
    return [
      `<rect class="f${i}" x="${BOX.right + 12}" y="${round(lowest - 8)}" width="10" height="10"/>`,
      text(BOX.right + 28, lowest + 1, name),
    ];
  });
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

function scale(
  { log = false, ticks }: Axis,
  values: readonly number[],
  [from, to]: readonly [number, number],
): Scale {
  const finite = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const marks = ticks ?? (log ? decades(finite) : steps(finite));
  const low = Math.min(...finite, ...marks);
  const high = Math.max(...finite, ...marks);
  const of = (value: number) => (log ? Math.log10(Math.max(value, low)) : value);
  const span = of(high) - of(low) || 1;
  return {
    at: (value) => round(from + ((of(value) - of(low)) / span) * (to - from)),
    ticks: marks,
  };
}

function decades(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values, 1e12)));
  const high = Math.ceil(Math.log10(Math.max(...values, 10 ** low * 10)));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

function steps(values: readonly number[]): number[] {
  const high = Math.max(...values, 1e-9);
  const raw = high / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((each) => each * unit >= raw) ?? 10) * unit;
  return Array.from({ length: Math.ceil(high / step) + 1 }, (_, i) =>
    Number((i * step).toPrecision(6)),
  );
}
