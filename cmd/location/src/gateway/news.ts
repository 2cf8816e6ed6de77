/**
 * What every page is told besides positions: flags and prices. They gather and go out together, some times a second, since
 * each costs a frame to each page; a page that comes gets all so far.
 */
import type { FlagRow } from '#wire';
import type { Viewers } from './viewers.ts';

/** A driver caught. */
export interface Flagged {
  readonly driverId: string;
  readonly reason: string;
  readonly impliedMps: number;
  readonly atMs: number;
}

/** What has become known. */
export interface News {
  flagged(flag: Flagged): void;
  surge(cell: string, multiplier: number): void;
  /** For a page that has just come, or missed some: everything so far, and said to be that. */
  greeting(): readonly object[];
  /** Tells all pages what is new since the last time. */
  tell(viewers: Pick<Viewers, 'tellAll'>): void;
}

/** None yet. Of a driver caught several times the first is kept. */
export function news(): News {
  const flags = new Map<string, FlagRow>();
  const prices = new Map<string, number>();
  let newFlags: FlagRow[] = [];
  let newPrices = new Map<string, number>();
  return {
    flagged({ driverId, reason, impliedMps, atMs }) {
      if (flags.has(driverId)) return;
      const row: FlagRow = [driverId, reason, Math.round(impliedMps), Math.round(atMs)];
      flags.set(driverId, row);
      newFlags.push(row);
    },
    surge(cell, multiplier) {
      if (multiplier > 1) prices.set(cell, multiplier);
      else prices.delete(cell);
      newPrices.set(cell, multiplier);
    },
    greeting: () => [
      { kind: 'flagged', drivers: [...flags.values()], whole: true },
      { kind: 'surge', cells: [...prices], whole: true },
    ],
    tell(viewers) {
      if (newFlags.length > 0) viewers.tellAll({ kind: 'flagged', drivers: newFlags });
      if (newPrices.size > 0) viewers.tellAll({ kind: 'surge', cells: [...newPrices] });
      newFlags = [];
      newPrices = new Map();
    },
  };
}
