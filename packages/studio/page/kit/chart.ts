/**
 * A chart of what happens now: uPlot, in the colours of theme.css and following it between light and dark, as wide as its
 * place, bounded in memory. It draws at most once a frame, and only when something came. Its page needs chart.css.
 */
import uPlot from 'uplot';
import { type ChartFrame, type ChartSeries, chartFrame } from './chart-frame.ts';
import { bytes, compactCount, milliseconds, percent, rate } from './format.ts';
import { PointWindow } from './point-window.ts';

/** What the values of a chart are: how they are written on the axis, in the legend and in the table. */
export type ChartUnit = 'count' | 'ms' | 'perSecond' | 'bytes' | 'share';

/** What a chart shows. */
export interface ChartOptions {
  /** Stands above it, and begins its description for screen readers. */
  readonly title: string;
  readonly unit: ChartUnit;
  readonly series: readonly ChartSeries[];
  /** Of the plot with its axes. Default 160. */
  readonly heightPx?: number;
  /** How much time it shows. Default 2 minutes. */
  readonly spanMs?: number;
  /** How many points it holds. Default 600. */
  readonly pointsMax?: number;
  /** A longer pause between two points is a gap in the lines. Default 15 s. */
  readonly gapMs?: number;
  /** `log` for latencies of several orders of magnitude; it shows no zero. Default linear, from zero. */
  readonly scale?: 'linear' | 'log';
}

/** A chart in its place. */
export interface Chart {
  /** Adds a value for each series, in their order; null or undefined where there is none. Earlier times are left out. */
  add(atMs: number, values: readonly (number | null | undefined)[]): void;
  /** Forgets all points. */
  clear(): void;
  /** Takes it away, with its listeners. */
  destroy(): void;
}

const formats = { count: compactCount, ms: milliseconds, perSecond: rate, bytes, share: percent };
/** Between two lines of the grid, where there is nothing between one and two. */
const wholeSteps = Array.from({ length: 13 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();
/** The description changes at most so often: it is read, not watched. */
const describeEveryMs = 2000;

/**
 * Puts a chart at the end of `parent`.
 *
 * @example
 * const latency = chart(place, {
 *   title: 'Latency',
 *   unit: 'ms',
 *   series: [{ label: 'p50', colour: 'series-2' }, { label: 'p99', colour: 'series-1' }],
 * });
 * latency.add(Date.now(), [2.4, 21.2]);
 */
export function chart(parent: HTMLElement, options: ChartOptions): Chart {
  return new LiveChart(parent, options);
}

class LiveChart implements Chart {
  readonly #options: ChartOptions;
  readonly #points: PointWindow;
  readonly #frame: ChartFrame;
  readonly #plot: uPlot;
  readonly #resizes: ResizeObserver;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #colours = new Map<string, string>();
  #frameRequest = 0;
  #describedAtMs = Number.NEGATIVE_INFINITY;
  #describeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parent: HTMLElement, options: ChartOptions) {
    const { title, unit, series, spanMs = 120_000, pointsMax = 600, gapMs = 15_000 } = options;
    this.#options = options;
    this.#points = new PointWindow({ series: series.length, pointsMax, spanMs, gapMs });
    this.#frame = chartFrame(title, series, formats[unit]);
    parent.append(this.#frame.figure);
    this.#plot = new uPlot(this.#plotOptions(), this.#data(), this.#frame.plot);
    this.#frame.describe(this.#points);
    this.#resizes = new ResizeObserver(() => this.#fit());
    this.#resizes.observe(this.#frame.plot);
    this.#dark.addEventListener('change', this.#repaint);
  }

  add(atMs: number, values: readonly (number | null | undefined)[]): void {
    this.#points.add(atMs, values);
    this.#changed();
  }

  clear(): void {
    this.#points.clear();
    this.#changed();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frameRequest);
    clearTimeout(this.#describeTimer);
    this.#resizes.disconnect();
    this.#dark.removeEventListener('change', this.#repaint);
    this.#plot.destroy();
    this.#frame.figure.remove();
  }

  #changed(): void {
    if (this.#frameRequest === 0) {
      this.#frameRequest = requestAnimationFrame(() => {
        this.#frameRequest = 0;
        this.#plot.setData(this.#data());
        this.#showLegend(this.#plot);
        this.#describeSoon();
      });
    }
  }

  /** At once when the last time is long past, else when it will be; so the newest is always said. */
  #describeSoon(): void {
    if (this.#describeTimer !== undefined) return;
    const waitMs = Math.max(0, this.#describedAtMs + describeEveryMs - performance.now());
    this.#describeTimer = setTimeout(() => {
      this.#describeTimer = undefined;
      this.#describedAtMs = performance.now();
      this.#frame.describe(this.#points);
    }, waitMs);
  }

  /** The values under the pointer, or the newest. */
  #showLegend(plot: uPlot): void {
    const { idx } = plot.cursor;
    const pointed = typeof idx === 'number' ? this.#points.timesS[idx] : undefined;
    const values = this.#points.values.map((column, series) =>
      pointed !== undefined && typeof idx === 'number'
        ? (column[idx] ?? null)
        : this.#points.summary(series).latest,
    );
    this.#frame.showValues(values, pointed === undefined ? undefined : pointed * 1000);
  }

  #fit(): void {
    const width = Math.floor(this.#frame.plot.clientWidth);
    if (width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: this.#plot.height });
    }
  }

  readonly #repaint = () => {
    this.#colours.clear();
    this.#plot.redraw(false);
  };

  #colour(token: string): string {
    const known = this.#colours.get(token);
    if (known) return known;
    const style = getComputedStyle(this.#frame.figure);
    const colour = style.getPropertyValue(`--${token}`).trim() || 'gray';
    this.#colours.set(token, colour);
    return colour;
  }

  #data(): uPlot.AlignedData {
    return [this.#points.timesS, ...this.#points.values] as uPlot.AlignedData;
  }

  #plotOptions(): uPlot.Options {
    const { unit, heightPx = 160, spanMs = 120_000, scale = 'linear' } = this.#options;
    const format = formats[unit];
    const log = scale === 'log';
    return {
      width: Math.max(120, Math.floor(this.#frame.plot.clientWidth)),
      height: heightPx,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 7 } },
      hooks: { setCursor: [(plot) => this.#showLegend(plot)] },
      scales: {
        x: { range: (_plot, _min, max) => [(max ?? 0) - spanMs / 1000, max ?? 0] },
        y: log
          ? { distr: 3, range: (_plot, min, max) => logRange(min, max) }
          : { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
      },
      axes: [
        { ...this.#axis(), space: 90, size: 28, values: (_plot, at) => at.map(clock) },
        {
          ...this.#axis(),
          size: 68,
          space: 34,
          ...(unit === 'count' ? { incrs: wholeSteps } : {}),
          values: (_plot, at) => at.map((value) => (value === null ? '' : format(value))),
        },
      ],
      series: [{}, ...this.#options.series.map((one) => this.#line(one))],
    };
  }

  #axis(): uPlot.Axis {
    const line = { stroke: () => this.#colour('line'), width: 1 };
    return {
      stroke: () => this.#colour('quiet'),
      font: '11px system-ui, sans-serif',
      grid: line,
      ticks: { ...line, size: 4 },
      gap: 4,
    };
  }

  #line({ label, colour, dashed = false, filled = false }: ChartSeries): uPlot.Series {
    return {
      label,
      width: 1.75,
      stroke: () => this.#colour(colour),
      // One point alone makes no line.
      points: { show: ({ data: [times] }) => times.length < 3, size: 4 },
      ...(dashed ? { dash: [6, 4] } : {}),
      // Two digits more on a colour of six: how opaque it is.
      ...(filled ? { fill: () => `${this.#colour(colour)}26` } : {}),
    };
  }
}

/** Whole powers of ten around the values, and never less than one decade. */
function logRange(min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null || !(max > 0)) return [0.1, 10];
  const low = 10 ** Math.floor(Math.log10(Math.max(min, max / 1e6)));
  const high = 10 ** Math.ceil(Math.log10(max));
  return [low, high > low ? high : low * 10];
}

function clock(atS: number): string {
  const at = new Date(atS * 1000);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
