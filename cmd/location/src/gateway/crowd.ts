/** Drivers counted by cell, for pages that show more of them than anybody can tell apart. */
import type { Cell } from './cell.ts';
import { crowdRow, type Position } from './rows.ts';

/** Counts each cell at most once a round, however many pages show it. */
export class Crowd {
  readonly #drivers: ReadonlyMap<string, Position>;
  readonly #flagged = new Set<string>();
  readonly #rows = new Map<Cell, Buffer>();

  /** Positions by driver, as they are when a round begins. */
  constructor(drivers: ReadonlyMap<string, Position>) {
    this.#drivers = drivers;
  }

  /** Cells encoded in this round. */
  get encoded(): number {
    return this.#rows.size;
  }

  flag(driverId: string): void {
    this.#flagged.add(driverId);
  }

  /** Begins a round: everything is counted anew. */
  begin(): void {
    this.#rows.clear();
  }

  /** The rows of those cells in which there is anybody. */
  rowsOf(cells: readonly Cell[]): Buffer[] {
    const rows: Buffer[] = [];
    for (const cell of cells) {
      if (cell.drivers.size === 0) continue;
      let row = this.#rows.get(cell);
      if (!row) {
        row = this.#count(cell);
        this.#rows.set(cell, row);
      }
      rows.push(row);
    }
    return rows;
  }

  #count(cell: Cell): Buffer {
    let [free, assigned, onTrip, speed, flagged] = [0, 0, 0, 0, 0];
    for (const driverId of cell.drivers) {
      const position = this.#drivers.get(driverId) as Position;
      if (position.status === 'free') free++;
      else if (position.status === 'assigned') assigned++;
      else onTrip++;
      speed += position.speedMps;
      if (this.#flagged.has(driverId)) flagged++;
    }
    const mean = Math.round((speed / cell.drivers.size) * 10) / 10;
    return crowdRow([cell.name, free, assigned, onTrip, mean, flagged, cell.reports]);
  }
}
