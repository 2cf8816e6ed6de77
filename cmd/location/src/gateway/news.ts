/**
 * What every page is told besides positions: flags and prices. They gather and go out together, some times a second, since
 * each costs a frame to each page; a page that comes gets all so far.
 */
import type { Viewers } from './viewers.ts';

/** What has become known. */
export interface News {
  flagged(driverId: string): void;
  surge(cell: string, multiplier: number): void;
  /** For a page that has just come. */
  greeting(): readonly object[];
  /** Tells all pages what is new since the last time. */
  tell(viewers: Pick<Viewers, 'tellAll'>): void;
}

/** None yet. */
export function news(): News {
  const flags = new Set<string>();
  const prices = new Map<string, number>();
  let newFlags: string[] = [];
  let newPrices = new Map<string, number>();
  return {
    flagged(driverId) {
      if (flags.has(driverId)) return;
      flags.add(driverId);
      newFlags.push(driverId);
    },
    surge(cell, multiplier) {
      prices.set(cell, multiplier);
      newPrices.set(cell, multiplier);
    },
    greeting: () => [
      { kind: 'flagged', driverIds: [...flags] },
      { kind: 'surge', cells: [...prices] },
    ],
    tell(viewers) {
      if (newFlags.length > 0) viewers.tellAll({ kind: 'flagged', driverIds: newFlags });
      if (newPrices.size > 0) viewers.tellAll({ kind: 'surge', cells: [...newPrices] });
      newFlags = [];
      newPrices = new Map();
    },
  };
}
