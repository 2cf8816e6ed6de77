/**
 * Who sees which cells. One subscription feeds this map of cell → viewers, so a thousand pages cost the server nothing.
 *
 * How it works: a position is noted under its cell, if anybody looks there, and the newest of each driver is kept. A flush
 * encodes each cell that changed once, however many pages show it, and copies those bytes into one frame a page; pages
 * of which only one cell changed share the very same bytes. A new page gets a snapshot, of which each cell is encoded once a
 * flush, too. What waits is bounded by the drivers, not by the pages; a page that does not read is first passed over, then
 * closed and counted as shed; nobody waits for it.
 * What it costs is nearly all in the system call of each frame, so a flush sends a page one frame, whatever changed.
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

/** The part of a WebSocket that this needs: it must send bytes as a text frame, and not change them. */
export interface Socket {
  readonly bufferedAmount: number;
  send(text: Buffer, options: { readonly binary: false }): void;
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

/** What all pages together cost so far. */
export interface ViewersFigures {
  readonly viewers: number;
  /** Pages closed because they did not read. */
  readonly shed: number;
  /** Flushes that passed a page over, because it had too much unread. */
  readonly passedOver: number;
  /** Frames of positions sent. */
  readonly frames: number;
  /** Cells encoded for them: each once a flush. */
  readonly encodedCells: number;
}

/** More unread bytes than this, and a page is passed over until it has read them. */
export const BEHIND_BYTES = 512 * 1024;
/** Behind for so long, it is closed. */
export const BEHIND_MS = 10_000;
/** Snapshots sent in one flush; other pages wait for the next, so that a crowd does not hold up everybody. */
export const SNAPSHOTS_MAX = 100;
/** Cells one page may watch. */
const CELLS_MAX = 2000;
const SHED_CODE = 1013; // try again later
const AS_TEXT = { binary: false } as const;
const MOVED = Buffer.from('{"kind":"moved","drivers":[');
const SNAPSHOT = Buffer.from('{"kind":"snapshot","drivers":[');
const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

interface Page {
  readonly socket: Socket;
  cells: readonly Cell[];
  /** What its next frame consists of; empty between two flushes. */
  readonly parts: Cell[];
  /** Since when it has been passed over; undefined while it reads. */
  behindSinceMs: number | undefined;
  /** It needs a snapshot instead of what changed. */
  stale: boolean;
}

interface Cell {
  readonly name: string;
  readonly pages: Set<Page>;
  readonly drivers: Set<string>;
  /** Since the last flush; only while pages watch. */
  readonly changed: Map<string, Position>;
  /** In the present flush: the rows that changed, and the frame of a page that shows nothing else. */
  rows: Buffer;
  frame: Buffer | undefined;
}

/** All connected pages. */
export class Viewers {
  readonly #pages = new Set<Page>();
  /** Pages that need a snapshot. */
  readonly #stale = new Set<Page>();
  readonly #cells = new Map<string, Cell>();
  readonly #drivers = new Map<string, Position>();
  /** Cells with something to send. */
  readonly #dirty = new Set<Cell>();
  #shed = 0;
  #passedOver = 0;
  #frames = 0;
  #encodedCells = 0;

  get count(): number {
    return this.#pages.size;
  }

  get figures(): ViewersFigures {
    return {
      viewers: this.#pages.size,
      shed: this.#shed,
      passedOver: this.#passedOver,
      frames: this.#frames,
      encodedCells: this.#encodedCells,
    };
  }

  join(socket: Socket): Viewer {
    const page: Page = { socket, cells: [], parts: [], behindSinceMs: undefined, stale: false };
    this.#pages.add(page);
    return {
      watch: (cells) => this.#watch(page, cells),
      tell: (message) => tell(page, Buffer.from(JSON.stringify(message))),
      leave: () => this.#forget(page),
    };
  }

  /** Takes a position from the stream; one older than the driver's last is ignored. */
  see(position: Position): void {
    const { driverId } = position;
    const before = this.#drivers.get(driverId);
    if (before && before.takenAtMs > position.takenAtMs) return;
    this.#drivers.set(driverId, position);
    const cell = this.#cell(position.cell);
    this.#note(cell, position);
    if (before?.cell === position.cell) return;
    cell.drivers.add(driverId);
    if (!before) return;
    const left = this.#cell(before.cell);
    left.drivers.delete(driverId);
    this.#note(left, position); // those who saw it leave see where to
  }

  /** Sends each page what gathered since the last time. To be called some times a second; `nowMs` only has to grow. */
  flush(nowMs: number = performance.now()): void {
    const ready: Page[] = [];
    for (const cell of this.#dirty) this.#distribute(cell, ready);
    for (const page of ready) this.#sendMoves(page);
    for (const cell of this.#dirty) {
      cell.rows = NOTHING;
      cell.frame = undefined;
    }
    this.#dirty.clear();
    this.#sendSnapshots(nowMs);
  }

  /** Sends a message of another kind to every page that is not behind. */
  tellAll(message: object): void {
    if (this.#pages.size === 0) return;
    const text = Buffer.from(JSON.stringify(message));
    for (const page of this.#pages) tell(page, text);
  }

  closeAll(): void {
    for (const page of [...this.#pages]) {
      this.#forget(page);
      page.socket.close(1001, 'the demo ends');
    }
  }

  #cell(name: string): Cell {
    let cell = this.#cells.get(name);
    if (!cell) {
      cell = {
        name,
        pages: new Set(),
        drivers: new Set(),
        changed: new Map(),
        rows: NOTHING,
        frame: undefined,
      };
      this.#cells.set(name, cell);
    }
    return cell;
  }

  #watch(page: Page, names: readonly string[]): void {
    if (!this.#pages.has(page)) return;
    this.#unwatch(page);
    page.cells = [...new Set(names.slice(0, CELLS_MAX))].map((name) => this.#cell(name));
    for (const cell of page.cells) cell.pages.add(page);
    this.#needsSnapshot(page);
  }

  #unwatch(page: Page): void {
    for (const cell of page.cells) {
      cell.pages.delete(page);
      if (cell.pages.size === 0) {
        cell.changed.clear();
        if (cell.drivers.size === 0) this.#cells.delete(cell.name); // a page may ask for any name
      }
    }
    page.cells = [];
  }

  #forget(page: Page): void {
    this.#pages.delete(page);
    this.#stale.delete(page);
    this.#unwatch(page);
  }

  #needsSnapshot(page: Page): void {
    page.stale = true;
    this.#stale.add(page);
  }

  #note(cell: Cell, position: Position): void {
    if (cell.pages.size === 0) return;
    cell.changed.set(position.driverId, position);
    this.#dirty.add(cell);
  }

  /** Encodes what changed in a cell, and hands it to its pages. */
  #distribute(cell: Cell, ready: Page[]): void {
    if (cell.changed.size === 0) return; // all have left
    cell.rows = encode(cell.changed.values());
    cell.changed.clear();
    this.#encodedCells++;
    for (const page of cell.pages) {
      if (page.stale) continue;
      if (page.parts.push(cell) === 1) ready.push(page);
    }
  }

  #sendMoves(page: Page): void {
    const parts = page.parts.splice(0);
    if (page.socket.bufferedAmount > BEHIND_BYTES) {
      this.#needsSnapshot(page); // which passes it over
      return;
    }
    const [first] = parts as [Cell];
    this.#frames++;
    if (parts.length > 1) {
      page.socket.send(frame(MOVED, parts.map(rowsOf)), AS_TEXT);
      return;
    }
    first.frame ??= frame(MOVED, [first.rows]);
    page.socket.send(first.frame, AS_TEXT);
  }

  #sendSnapshots(nowMs: number): void {
    const encoded = new Map<Cell, Buffer>();
    let left = SNAPSHOTS_MAX;
    for (const page of this.#stale) {
      if (page.socket.bufferedAmount > BEHIND_BYTES) {
        this.#passOver(page, nowMs);
      } else if (left-- > 0) {
        this.#stale.delete(page);
        page.stale = false;
        page.behindSinceMs = undefined;
        this.#frames++;
        page.socket.send(frame(SNAPSHOT, this.#all(page.cells, encoded)), AS_TEXT);
      }
    }
  }

  #passOver(page: Page, nowMs: number): void {
    this.#passedOver++;
    page.behindSinceMs ??= nowMs;
    if (nowMs - page.behindSinceMs < BEHIND_MS) return;
    this.#shed++;
    this.#forget(page);
    page.socket.close(SHED_CODE, 'this page reads too slowly');
  }

  /** Every driver of these cells; what is in `encoded` is not encoded again. */
  #all(cells: readonly Cell[], encoded: Map<Cell, Buffer>): Buffer[] {
    const parts: Buffer[] = [];
    for (const cell of cells) {
      if (cell.drivers.size === 0) continue;
      let rows = encoded.get(cell);
      if (!rows) {
        rows = encode(Array.from(cell.drivers, (id) => this.#drivers.get(id) as Position));
        encoded.set(cell, rows);
        this.#encodedCells++;
      }
      parts.push(rows);
    }
    return parts;
  }
}

const NOTHING = Buffer.alloc(0);
const rowsOf = (cell: Cell) => cell.rows;

/** Rows with commas between, as bytes. */
function encode(positions: Iterable<Position>): Buffer {
  const rows: string[] = [];
  for (const p of positions) {
    const row = [p.driverId, p.lat, p.lng, p.headingDeg, p.speedMps, p.status, p.takenAtMs];
    rows.push(JSON.stringify(row));
  }
  return Buffer.from(rows.join(','));
}

function frame(head: Buffer, parts: readonly Buffer[]): Buffer {
  const pieces = [head];
  for (const part of parts) {
    if (pieces.length > 1) pieces.push(COMMA);
    pieces.push(part);
  }
  pieces.push(END);
  return Buffer.concat(pieces);
}

function tell(page: Page, text: Buffer): void {
  if (page.socket.bufferedAmount <= BEHIND_BYTES) page.socket.send(text, AS_TEXT);
}
