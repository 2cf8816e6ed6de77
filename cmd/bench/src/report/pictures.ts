/** The pictures of the page, from the kept lines. Pure. */
import { type Bar, barChart } from '../charts/bar-chart.ts';
import { flameGraph } from '../charts/flame.ts';
import { lineChart } from '../charts/line-chart.ts';
import { micros, short } from '../charts/svg.ts';
import { type Round, spread } from '../measure/contest.ts';
import { type Line, lineOf } from './line.ts';
import { nameOf } from './names.ts';

/** By file name; only of parts that were measured. */
export function toPictures(lines: readonly Line[]): Map<string, string> {
  const pictures = new Map<string, string>();
  throughput(lines, pictures);
  percentiles(lines, pictures);
  loads(lines, pictures);
  heap(lines, pictures);
  const flames = lineOf(lines, 'flames')?.data;
  if (flames) {
    const words = 'Each row calls the row above it; the width is its share of the CPU time.';
    pictures.set('flame-publish.svg', flameGraph(flames.publish, words));
    pictures.set('flame-work.svg', flameGraph(flames.work, words));
  }
  return pictures;
}

function throughput(lines: readonly Line[], pictures: Map<string, string>): void {
  const publish = lineOf(lines, 'publish')?.data;
  const work = lineOf(lines, 'work')?.data;
  for (const [figure, file, title, format] of [
    ['perSecond', 'throughput.svg', 'Throughput, messages a second', short],
    ['clientCpuUs', 'cpu.svg', 'Client CPU a message', micros],
  ] as const) {
    const bars = [...barsOf(publish ?? [], figure), ...barsOf(work ?? [], figure)];
    if (bars.length === 0) continue;
    const words = bars.map(({ name, value }) => `${name} ${format(value)}`).join(', ');
    pictures.set(file, barChart({ title, words, bars, format }));
  }
}

function barsOf(rounds: readonly Round[], figure: string): Bar[] {
  return Object.keys(rounds[0] ?? {}).flatMap((side) => {
    const found = spread(rounds, side, figure);
    if (found === null) return [];
    const { median: value, min, max } = found;
    return [{ name: nameOf(side), value, min, max, colour: colourOf(side) }];
  });
}

function percentiles(lines: readonly Line[], pictures: Map<string, string>): void {
  const curves = lineOf(lines, 'endToEnd')?.data.curves ?? [];
  for (const rate of new Set(curves.map((curve) => curve.rate))) {
    const series = curves
      .filter((curve) => curve.rate === rate)
      .map(({ side, points }) => ({
        name: nameOf(side),
        points: points
          .filter(([, us]) => us !== null && Number.isFinite(us))
          .map(([share, us]) => [1 / (1 - share), us] as const),
      }));
    const title = `End to end at ${rate.toLocaleString('en-US')} messages a second`;
    const x = {
      title: 'percentile',
      log: true,
      ticks: [2, 10, 100, 1_000, 10_000],
      format: (value: number) => `${Number((100 - 100 / value).toFixed(2))}`,
    };
    const y = { title: 'latency', log: true, format: micros };
    const words = 'Latency by percentile, both scales logarithmic.';
    pictures.set(`percentiles-${rate}.svg`, lineChart({ title, words, x, y, series }));
  }
}

function loads(lines: readonly Line[], pictures: Map<string, string>): void {
  const ramps = lineOf(lines, 'load')?.data ?? [];
  if (ramps.length === 0) return;
  for (const figure of ['p50Us', 'p99Us'] as const) {
    const series = ramps.map(({ side, steps }) => ({
      name: nameOf(side),
      points: steps.map((step) => [step.rate, step[figure]] as const),
    }));
    const name = figure === 'p50Us' ? 'p50' : 'p99';
    const svg = lineChart({
      title: `Latency against offered load, ${name}`,
      words: 'The last point of a line is the rate at which it broke, or the last that was tried.',
      x: { title: 'offered, messages a second', log: true, format: short },
      y: { title: name, log: true, format: micros },
      series,
    });
    pictures.set(`load-${name}.svg`, svg);
  }
}

function heap(lines: readonly Line[], pictures: Map<string, string>): void {
  const grown = lineOf(lines, 'heap')?.data ?? [];
  if (grown.length === 0) return;
  const mebi = (bytes: number) => bytes / 2 ** 20;
  const svg = lineChart({
    title: 'Memory of a process that publishes and works',
    words: 'After a garbage collection, with nothing on its way.',
    x: { title: 'messages published and handled', format: short },
    y: { title: 'MiB', format: short },
    series: [
      { name: 'heap', points: grown.map(({ msgs, heapBytes }) => [msgs, mebi(heapBytes)]) },
      {
        name: 'resident',
        points: grown.map(({ msgs, residentBytes }) => [msgs, mebi(residentBytes)]),
      },
    ],
  });
  pictures.set('memory.svg', svg);
}

function colourOf(side: string): number {
  if (side === 'jetlane' || side === 'worker') return 0;
  return side === 'ceiling' || side === 'callback' ? 2 : 1;
}
