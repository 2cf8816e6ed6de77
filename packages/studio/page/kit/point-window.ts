/** The points that a chart holds: the newest ones, bounded in number and in time, with gaps where nothing came. */

/** What one series did within the window; null before its first value. */
export interface SeriesSummary {
  readonly latest: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** How much a window holds. */
export interface PointWindowOptions {
  readonly series: number;
  /** Older points are dropped. */
  readonly pointsMax: number;
  /** Points older than this, counted from the newest, are dropped. */
  readonly spanMs: number;
  /** A pause longer than this between two points is shown as a gap, not as a line. */
  readonly gapMs: number;
}

/** Columns of times and values, in the order of time. Holds at most `pointsMax` rows, gaps included. */
export class PointWindow {
  /** Seconds since 1970, ascending. */
  readonly timesS: number[] = [];
  /** One column for each series, as long as the times. */
  readonly values: readonly (number | null)[][];
  readonly #options: PointWindowOptions;

  constructor(options: PointWindowOptions) {
    this.#options = options;
    this.values = Array.from({ length: options.series }, () => []);
  }

  /** Adds a row. One that is not later than the newest is left out, so times always ascend. */
  add(atMs: number, row: readonly (number | null | undefined)[]): void {
    const newestS = this.timesS.at(-1);
    const atS = atMs / 1000;
    if (!Number.isFinite(atMs) || (newestS !== undefined && atS <= newestS)) return;
    if (newestS !== undefined && atMs - newestS * 1000 > this.#options.gapMs) {
      this.#push((newestS + atS) / 2, []);
    }
    this.#push(atS, row);
    this.#trim(atS);
  }

  clear(): void {
    this.timesS.length = 0;
    for (const column of this.values) column.length = 0;
  }

  /** The newest value of a series and the extremes of all that are held. */
  summary(series: number): SeriesSummary {
    let latest: number | null = null;
    let min: number | null = null;
    let max: number | null = null;
    for (const value of this.values[series] ?? []) {
      if (value === null) continue;
      latest = value;
      min = min === null ? value : Math.min(min, value);
      max = max === null ? value : Math.max(max, value);
    }
    return { latest, min, max };
  }

  /** The newest rows that hold a value, newest first. */
  newest(rows: number): { readonly atMs: number; readonly values: readonly (number | null)[] }[] {
    const found = [];
    for (let at = this.timesS.length - 1; at >= 0 && found.length < rows; at -= 1) {
      const values = this.values.map((column) => column[at] ?? null);
      if (values.some((value) => value !== null)) {
        found.push({ atMs: (this.timesS[at] ?? 0) * 1000, values });
      }
    }
    return found;
  }

  #push(atS: number, row: readonly (number | null | undefined)[]): void {
    this.timesS.push(atS);
    for (const [at, column] of this.values.entries()) {
      const value = row[at];
      column.push(typeof value === 'number' && Number.isFinite(value) ? value : null);
    }
  }

  #trim(newestS: number): void {
    const { pointsMax, spanMs } = this.#options;
    let drop = Math.max(0, this.timesS.length - pointsMax);
    while ((this.timesS[drop] ?? newestS) < newestS - spanMs / 1000) drop += 1;
    if (drop === 0) return;
    this.timesS.splice(0, drop);
    for (const column of this.values) column.splice(0, drop);
  }
}
