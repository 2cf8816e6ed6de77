/** One H3 cell: who is in it, who looks at it, and what happened in it since the last flush. */
import { driverRows, NOTHING, type Position, textRows } from './rows.ts';

/** The part of a WebSocket that this needs: it must send bytes as a text frame, and not change them. */
export interface Socket {
  readonly bufferedAmount: number;
  send(text: Buffer, options: { readonly binary: false }): void;
  close(code: number, reason: string): void;
}

/** A page that is connected. */
export interface Page {
  readonly socket: Socket;
  /** It was passed over, and reads again. */
  readonly caughtUp: () => void;
  cells: readonly Cell[];
  /** Drivers come counted by cell: there are too many to draw each. */
  crowd: boolean;
  /** What its next frame consists of; empty between two flushes. */
  readonly parts: Cell[];
  /** Since when it has been passed over; undefined while it reads. */
  behindSinceMs: number | undefined;
  /** It needs a snapshot instead of what changed. */
  stale: boolean;
}

/** A ride as a row, and the cells in which it is shown. */
export interface RideShown {
  readonly text: string;
  readonly cells: readonly Cell[];
}

/** Everything about one cell. Nothing of it grows with the pages but `pages`. */
export class Cell {
  readonly name: string;
  /** Those that show its drivers one by one. */
  readonly pages = new Set<Page>();
  /** Pages that show it in whatever way. */
  lookers = 0;
  readonly drivers = new Set<string>();
  readonly rides = new Map<string, RideShown>();
  /** Reports since the last count. */
  reports = 0;
  readonly #moved = new Map<string, Position>();
  readonly #ridesChanged = new Map<string, string>();
  /** In the present flush: the rows that changed, and the frame of a page that shows nothing else. */
  rows: Buffer = NOTHING;
  rideRows: Buffer = NOTHING;
  frame: Buffer | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Nobody is here and nobody looks. */
  get forgotten(): boolean {
    return this.lookers === 0 && this.drivers.size === 0 && this.rides.size === 0;
  }

  /** Notes a driver's newest position; false when nobody would see it. */
  note(position: Position): boolean {
    if (this.pages.size === 0) return false;
    this.#moved.set(position.driverId, position);
    return true;
  }

  /** Notes what became of a ride; false when nobody would see it. */
  noteRide(rideId: string, text: string): boolean {
    if (this.pages.size === 0) return false;
    this.#ridesChanged.set(rideId, text);
    return true;
  }

  /** Encodes what changed, once for all pages; false when nothing is left to say. */
  encode(): boolean {
    if (this.#moved.size === 0 && this.#ridesChanged.size === 0) return false;
    this.rows = driverRows(this.#moved.values());
    this.rideRows = textRows([...this.#ridesChanged.values()]);
    this.clear();
    return true;
  }

  /** Ends the flush. */
  rest(): void {
    this.rows = NOTHING;
    this.rideRows = NOTHING;
    this.frame = undefined;
  }

  /** The last page has left: there is nothing to say any more. */
  clear(): void {
    this.#moved.clear();
    this.#ridesChanged.clear();
  }
}
