/**
 * Who sees which cells. One subscription feeds this map of cell → viewers, so a thousand pages cost
 * the server nothing. A page gets a snapshot of its cells and then what changes, in batches: between
 * two batches only the newest position of each driver is kept, so what waits for a page is bounded
 * by the drivers in its view. A page that does not read is first passed over, then closed; nobody
 * waits for it.
 */

/** One driver as pages see it: id, cell and then numbers, to keep messages short. */
export interface Position {
  readonly driverId: string;
  readonly cell: string;
  readonly lat: number;
  readonly lng: number;
  readonly headingDeg: number;
  readonly speedMps: number;
  readonly status: string;
  readonly takenAtMs: number;
}

/** The part of a WebSocket that this needs. */
export interface Socket {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
}

/** A page that is connected. */
export interface Viewer {
  /** Shows these cells from now on: a snapshot, then what changes. */
  watch(cells: readonly string[]): void;
  /** Sends one message of another kind, unless the page is behind. */
  tell(message: object): void;
  leave(): void;
}

/** More unread bytes than this, and a page is passed over until it has read them. */
export const BEHIND_BYTES = 512 * 1024;
/** Passed over so often in a row, it is closed. */
export const PASSES_MAX = 100;
/** Cells one page may watch. */
const CELLS_MAX = 2000;
const SHED_CODE = 1013; // try again later

interface Page {
  readonly socket: Socket;
  cells: ReadonlySet<string>;
  readonly waiting: Map<string, Position>;
  passes: number;
  /** Was passed over: it needs a snapshot instead of what changed. */
  behind: boolean;
}

/** All connected pages. */
export class Viewers {
  readonly #pages = new Set<Page>();
  readonly #byCell = new Map<string, Set<Page>>();
  readonly #drivers = new Map<string, Position>();
  readonly #inCell = new Map<string, Set<string>>();
  #shed = 0;

  get count(): number {
    return this.#pages.size;
  }

  /** Pages closed because they did not read. */
  get shed(): number {
    return this.#shed;
  }

  join(socket: Socket): Viewer {
    const page: Page = { socket, cells: new Set(), waiting: new Map(), passes: 0, behind: false };
    this.#pages.add(page);
    return {
      watch: (cells) => this.#watch(page, cells),
      tell: (message) => tell(page, JSON.stringify(message)),
      leave: () => this.#forget(page),
    };
  }

  /** Takes a position from the stream; one older than the driver's last is ignored. */
  see(position: Position): void {
    const { driverId, cell } = position;
    const before = this.#drivers.get(driverId);
    if (before && before.takenAtMs > position.takenAtMs) return;
    this.#drivers.set(driverId, position);
    this.#offer(cell, position);
    if (before?.cell === cell) return;
    entry(this.#inCell, cell).add(driverId);
    if (!before) return;
    this.#inCell.get(before.cell)?.delete(driverId);
    this.#offer(before.cell, position); // those who saw it leave see where to
  }

  /** Sends each page what gathered since the last time. To be called some times a second. */
  flush(): void {
    for (const page of this.#pages) this.#flushPage(page);
  }

  /** Sends a message of another kind to every page that is not behind. */
  tellAll(message: object): void {
    if (this.#pages.size === 0) return;
    const text = JSON.stringify(message);
    for (const page of this.#pages) tell(page, text);
  }

  closeAll(): void {
    for (const page of this.#pages) page.socket.close(1001, 'the demo ends');
    this.#pages.clear();
    this.#byCell.clear();
  }

  #watch(page: Page, cells: readonly string[]): void {
    if (!this.#pages.has(page)) return;
    this.#unwatch(page);
    page.cells = new Set(cells.slice(0, CELLS_MAX));
    for (const cell of page.cells) entry(this.#byCell, cell).add(page);
    page.behind = true; // the next flush sends the snapshot
  }

  #unwatch(page: Page): void {
    for (const cell of page.cells) {
      const there = this.#byCell.get(cell);
      there?.delete(page);
      if (there?.size === 0) this.#byCell.delete(cell);
    }
  }

  #forget(page: Page): void {
    this.#pages.delete(page);
    this.#unwatch(page);
  }

  #offer(cell: string, position: Position): void {
    for (const page of this.#byCell.get(cell) ?? []) {
      if (!page.behind) page.waiting.set(position.driverId, position);
    }
  }

  #flushPage(page: Page): void {
    if (page.socket.bufferedAmount > BEHIND_BYTES) return this.#passOver(page);
    page.passes = 0;
    if (page.behind) return this.#snapshot(page);
    if (page.waiting.size === 0) return;
    const drivers = Array.from(page.waiting.values(), compact);
    page.waiting.clear();
    page.socket.send(JSON.stringify({ kind: 'moved', drivers }));
  }

  #passOver(page: Page): void {
    page.behind = true;
    page.waiting.clear();
    if (++page.passes < PASSES_MAX) return;
    this.#shed++;
    this.#forget(page);
    page.socket.close(SHED_CODE, 'this page reads too slowly');
  }

  #snapshot(page: Page): void {
    const positions: Position[] = [];
    for (const cell of page.cells) {
      for (const driverId of this.#inCell.get(cell) ?? []) {
        positions.push(this.#drivers.get(driverId) as Position);
      }
    }
    page.waiting.clear();
    page.behind = false;
    page.socket.send(JSON.stringify({ kind: 'snapshot', drivers: positions.map(compact) }));
  }
}

/** The set under this key, made where there was none. */
function entry<Value>(sets: Map<string, Set<Value>>, key: string): Set<Value> {
  let found = sets.get(key);
  if (!found) {
    found = new Set();
    sets.set(key, found);
  }
  return found;
}

function tell(page: Page, text: string): void {
  if (page.socket.bufferedAmount <= BEHIND_BYTES) page.socket.send(text);
}

const compact = (p: Position) => [
  p.driverId,
  p.lat,
  p.lng,
  p.headingDeg,
  p.speedMps,
  p.status,
  p.takenAtMs,
];
