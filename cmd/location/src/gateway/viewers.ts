/**
 * Who sees which cells. One subscription feeds this map of cell → viewers, so a thousand pages cost the server nothing.
 *
 * How it works: a position is noted under its cell, if anybody looks there, and the newest of each driver is kept. A flush
 * encodes each cell that changed once, however many pages show it, and copies those bytes into one frame a page; pages
 * of which only one cell changed share the very same bytes. A new page gets a snapshot, of which each cell is encoded once a
 * flush, too. A page with more than {@link CROWD_FROM} drivers in view gets them counted by cell instead, once a second. What waits is
 * bounded by the drivers, not by the pages; a page that does not read is first passed over, then
 * closed and counted as shed; nobody waits for it.
 * What it costs is nearly all in the system call of each frame, so a flush sends a page one frame, whatever changed.
 */
import { Cell, type Page, type RideShown, type Socket } from './cell.ts';
import { Crowd } from './crowd.ts';
import { driverRows, frame, HEAD, type Position, textRows } from './rows.ts';

/** A page that is connected. */
export interface Viewer {
  /** Shows these cells from now on: a snapshot, then what changes. `words`: why they are not what was asked for. */
  watch(cells: readonly string[], words?: string): void;
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
/** More drivers than this in view, and they are counted by cell instead of shown. */
export const CROWD_FROM = 1500;
/** Until they are fewer than this again. */
export const CROWD_UNTIL = 1300;
/** Counts go out so often. */
export const COUNT_EVERY_MS = 1000;
/** Cells one page may watch. */
const CELLS_MAX = 2000;
const SHED_CODE = 1013; // try again later
const AS_TEXT = { binary: false } as const;

/** All connected pages. */
export class Viewers {
  readonly #pages = new Set<Page>();
  /** Pages that need a snapshot. */
  readonly #stale = new Set<Page>();
  readonly #cells = new Map<string, Cell>();
  readonly #drivers = new Map<string, Position>();
  readonly #rides = new Map<string, RideShown>();
  readonly #crowd = new Crowd(this.#drivers);
  /** Cells with something to send. */
  readonly #dirty = new Set<Cell>();
  #countedMs = Number.NEGATIVE_INFINITY;
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

  /** `caughtUp`: called when the page was passed over and reads again, since nothing else was told to it meanwhile. */
  join(socket: Socket, caughtUp: () => void = () => {}): Viewer {
    const page: Page = {
      socket,
      caughtUp,
      cells: [],
      crowd: false,
      parts: [],
      behindSinceMs: undefined,
      stale: false,
    };
    this.#pages.add(page);
    return {
      watch: (cells, words) => this.#watch(page, cells, words),
      tell: (message) => tell(page, Buffer.from(JSON.stringify(message))),
      leave: () => this.#forget(page),
    };
  }

  /** Takes a position from the stream; one older than the driver's last is ignored. True when the driver came to another cell. */
  see(position: Position): boolean {
    const { driverId } = position;
    const before = this.#drivers.get(driverId);
    if (before && before.takenAtMs > position.takenAtMs) return false;
    this.#drivers.set(driverId, position);
    const cell = this.#cell(position.cell);
    cell.reports++;
    if (cell.note(position)) this.#dirty.add(cell);
    if (before?.cell === position.cell) return false;
    cell.drivers.add(driverId);
    if (!before) return true;
    const left = this.#cell(before.cell);
    left.drivers.delete(driverId);
    if (left.note(position)) this.#dirty.add(left); // those who saw it leave see where to
    return true;
  }

  /** Shows a ride, as a row, in these cells, and once more where it was before. Without cells it is forgotten after that. */
  ride(rideId: string, text: string, cells: readonly string[]): void {
    const before = this.#rides.get(rideId);
    for (const cell of before?.cells ?? []) {
      cell.rides.delete(rideId);
      if (cell.noteRide(rideId, text)) this.#dirty.add(cell);
    }
    this.#rides.delete(rideId);
    if (cells.length === 0) return;
    const shown = { text, cells: cells.map((name) => this.#cell(name)) };
    this.#rides.set(rideId, shown);
    for (const cell of shown.cells) {
      cell.rides.set(rideId, shown);
      if (cell.noteRide(rideId, text)) this.#dirty.add(cell);
    }
  }

  /** Where a driver was last, for as long as the run. */
  lastOf(driverId: string): Position | undefined {
    return this.#drivers.get(driverId);
  }

  /** Counts this driver among the flagged of its cell. */
  flag(driverId: string): void {
    this.#crowd.flag(driverId);
  }

  /** Sends each page what gathered since the last time. To be called some times a second; `nowMs` only has to grow. */
  flush(nowMs: number = performance.now()): void {
    const ready: Page[] = [];
    for (const cell of this.#dirty) this.#distribute(cell, ready);
    for (const page of ready) this.#sendMoves(page, nowMs);
    for (const cell of this.#dirty) cell.rest();
    this.#dirty.clear();
    this.#sendSnapshots(nowMs);
    if (nowMs - this.#countedMs < COUNT_EVERY_MS) return;
    this.#countedMs = nowMs;
    this.#sendCounts(nowMs);
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
      cell = new Cell(name);
      this.#cells.set(name, cell);
    }
    return cell;
  }

  #watch(page: Page, names: readonly string[], words?: string): void {
    if (!this.#pages.has(page)) return;
    this.#unwatch(page);
    page.cells = [...new Set(names.slice(0, CELLS_MAX))].map((name) => this.#cell(name));
    for (const cell of page.cells) cell.lookers++;
    this.#show(page, driversIn(page) > CROWD_FROM, words);
  }

  /** One by one, or counted. */
  #show(page: Page, crowd: boolean, words?: string): void {
    page.crowd = crowd;
    if (crowd) {
      this.#stale.delete(page);
      page.stale = false;
      for (const cell of page.cells) leave(cell, page);
    } else {
      for (const cell of page.cells) cell.pages.add(page);
      this.#needsSnapshot(page);
    }
    const scope = { kind: 'scope', cells: page.cells.length, drivers: driversIn(page) };
    tell(page, Buffer.from(JSON.stringify({ ...scope, aggregated: crowd, words })));
  }

  #unwatch(page: Page): void {
    for (const cell of page.cells) {
      leave(cell, page);
      cell.lookers--;
      if (cell.forgotten) this.#cells.delete(cell.name); // a page may ask for any name
    }
    page.cells = [];
  }

  #forget(page: Page): void {
    if (!this.#pages.delete(page)) return;
    this.#stale.delete(page);
    this.#unwatch(page);
  }

  #needsSnapshot(page: Page): void {
    page.stale = true;
    this.#stale.add(page);
  }

  /** Encodes what changed in a cell, and hands it to its pages. */
  #distribute(cell: Cell, ready: Page[]): void {
    if (!cell.encode()) return; // all have left
    this.#encodedCells++;
    for (const page of cell.pages) {
      if (page.stale) continue;
      if (page.parts.push(cell) === 1) ready.push(page);
    }
  }

  #sendMoves(page: Page, nowMs: number): void {
    const parts = page.parts.splice(0);
    if (page.socket.bufferedAmount > BEHIND_BYTES) {
      this.#needsSnapshot(page); // which passes it over
      return;
    }
    caughtUp(page, nowMs);
    const [first] = parts as [Cell];
    this.#frames++;
    if (parts.length > 1) {
      page.socket.send(frame(HEAD.moved, parts.map(rowsOf), parts.map(rideRowsOf)), AS_TEXT);
      return;
    }
    first.frame ??= frame(HEAD.moved, [first.rows], [first.rideRows]);
    page.socket.send(first.frame, AS_TEXT);
  }

  #sendSnapshots(nowMs: number): void {
    const encoded = new Map<Cell, readonly [Buffer, Buffer]>();
    let left = SNAPSHOTS_MAX;
    for (const page of this.#stale) {
      if (page.socket.bufferedAmount > BEHIND_BYTES) {
        this.#passOver(page, nowMs);
      } else if (left-- > 0) {
        this.#stale.delete(page);
        page.stale = false;
        caughtUp(page, nowMs);
        this.#frames++;
        const parts = this.#all(page.cells, encoded);
        const drivers = parts.map(([rows]) => rows);
        const rides = parts.map(([, rows]) => rows);
        page.socket.send(frame(HEAD.snapshot, drivers, rides), AS_TEXT);
      }
    }
  }

  /** Sends the counted pages their counts, lets each page have the way that suits what it shows, and notices who does not read. */
  #sendCounts(nowMs: number): void {
    this.#crowd.begin();
    for (const page of this.#pages) {
      const drivers = driversIn(page);
      if (!page.crowd && drivers > CROWD_FROM) this.#show(page, true);
      else if (page.crowd && drivers < CROWD_UNTIL) this.#show(page, false);
      if (page.stale) continue; // its snapshot is what looks after it
      if (page.socket.bufferedAmount > BEHIND_BYTES) {
        this.#passOver(page, nowMs);
        continue;
      }
      caughtUp(page, nowMs);
      if (!page.crowd) continue;
      this.#frames++;
      page.socket.send(frame(HEAD.crowd, this.#crowd.rowsOf(page.cells)), AS_TEXT);
    }
    this.#encodedCells += this.#crowd.encoded;
    for (const cell of this.#cells.values()) cell.reports = 0;
  }

  #passOver(page: Page, nowMs: number): void {
    this.#passedOver++;
    page.behindSinceMs ??= nowMs;
    if (nowMs - page.behindSinceMs < BEHIND_MS) return;
    this.#shed++;
    this.#forget(page);
    page.socket.close(SHED_CODE, 'this page reads too slowly');
  }

  /** Everything in these cells, drivers and rides; what is in `encoded` is not encoded again. */
  #all(
    cells: readonly Cell[],
    encoded: Map<Cell, readonly [Buffer, Buffer]>,
  ): (readonly [Buffer, Buffer])[] {
    const parts: (readonly [Buffer, Buffer])[] = [];
    for (const cell of cells) {
      if (cell.drivers.size === 0 && cell.rides.size === 0) continue;
      let rows = encoded.get(cell);
      if (!rows) {
        const positions = Array.from(cell.drivers, (id) => this.#drivers.get(id) as Position);
        const rides = Array.from(cell.rides.values(), ({ text }) => text);
        rows = [driverRows(positions), textRows(rides)];
        encoded.set(cell, rows);
        this.#encodedCells++;
      }
      parts.push(rows);
    }
    return parts;
  }
}

const rowsOf = (cell: Cell) => cell.rows;
const rideRowsOf = (cell: Cell) => cell.rideRows;

function driversIn(page: Page): number {
  let sum = 0;
  for (const cell of page.cells) sum += cell.drivers.size;
  return sum;
}

function leave(cell: Cell, page: Page): void {
  cell.pages.delete(page);
  if (cell.pages.size === 0) cell.clear();
}

/** A page that was passed over is told so: what it showed stood still. */
function caughtUp(page: Page, nowMs: number): void {
  if (page.behindSinceMs === undefined) return;
  const behindMs = Math.round(nowMs - page.behindSinceMs);
  page.behindSinceMs = undefined;
  tell(page, Buffer.from(JSON.stringify({ kind: 'slow', behindMs })));
  page.caughtUp();
}

function tell(page: Page, text: Buffer): void {
  if (page.socket.bufferedAmount <= BEHIND_BYTES) page.socket.send(text, AS_TEXT);
}
