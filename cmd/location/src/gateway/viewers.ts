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

/** All connected pages. */
export interface Viewers {
  readonly count: number;
  /** Pages closed because they did not read. */
  readonly shed: number;
  join(socket: Socket): Viewer;
  /** Takes a position from the stream. */
  see(position: Position): void;
  /** Sends each page what gathered since the last time. To be called some times a second. */
  flush(): void;
  /** Sends a message of another kind to every page that is not behind. */
  tellAll(message: object): void;
  closeAll(): void;
}

/** More unread bytes than this, and a page is passed over until it has read them. */
export const BEHIND_BYTES = 512 * 1024;
/** Passed over so often in a row, it is closed. */
export const PASSES_MAX = 100;
/** Cells one page may watch. */
export const CELLS_MAX = 2000;
const SHED_CODE = 1013; // try again later

interface Page {
  readonly socket: Socket;
  cells: ReadonlySet<string>;
  readonly waiting: Map<string, Position>;
  passes: number;
  /** Was passed over: it needs a snapshot instead of what changed. */
  behind: boolean;
}

/** An empty map. */
export function viewers(): Viewers {
  const pages = new Set<Page>();
  const byCell = new Map<string, Set<Page>>();
  const drivers = new Map<string, Position>();
  const inCell = new Map<string, Set<string>>();
  let shed = 0;

  function see(position: Position): void {
    const { driverId, cell } = position;
    const before = drivers.get(driverId);
    if (before && before.takenAtMs > position.takenAtMs) return;
    drivers.set(driverId, position);
    offer(cell, position);
    if (before?.cell === cell) return;
    const there = inCell.get(cell);
    if (there) there.add(driverId);
    else inCell.set(cell, new Set([driverId]));
    if (!before) return;
    inCell.get(before.cell)?.delete(driverId);
    offer(before.cell, position); // those who saw it leave see where to
  }

  function offer(cell: string, position: Position): void {
    for (const page of byCell.get(cell) ?? []) {
      if (!page.behind) page.waiting.set(position.driverId, position);
    }
  }

  function snapshot(page: Page): void {
    const positions: Position[] = [];
    for (const cell of page.cells) {
      for (const driverId of inCell.get(cell) ?? []) {
        positions.push(drivers.get(driverId) as Position);
      }
    }
    page.waiting.clear();
    page.behind = false;
    page.socket.send(JSON.stringify({ kind: 'snapshot', drivers: positions.map(compact) }));
  }

  function forget(page: Page): void {
    pages.delete(page);
    unwatch(page);
  }

  function unwatch(page: Page): void {
    for (const cell of page.cells) {
      const there = byCell.get(cell);
      there?.delete(page);
      if (there?.size === 0) byCell.delete(cell);
    }
  }

  function flushPage(page: Page): void {
    if (page.socket.bufferedAmount > BEHIND_BYTES) {
      page.behind = true;
      page.waiting.clear();
      if (++page.passes < PASSES_MAX) return;
      shed++;
      forget(page);
      page.socket.close(SHED_CODE, 'this page reads too slowly');
      return;
    }
    page.passes = 0;
    if (page.behind) return snapshot(page);
    if (page.waiting.size === 0) return;
    const drivers = Array.from(page.waiting.values(), compact);
    page.waiting.clear();
    page.socket.send(JSON.stringify({ kind: 'moved', drivers }));
  }

  function join(socket: Socket): Viewer {
    const page: Page = { socket, cells: new Set(), waiting: new Map(), passes: 0, behind: false };
    pages.add(page);
    return {
      watch(cells) {
        if (!pages.has(page)) return;
        unwatch(page);
        page.cells = new Set(cells.slice(0, CELLS_MAX));
        for (const cell of page.cells) {
          const there = byCell.get(cell);
          if (there) there.add(page);
          else byCell.set(cell, new Set([page]));
        }
        page.behind = true; // the next flush sends the snapshot
      },
      tell: (message) => tell(page, JSON.stringify(message)),
      leave: () => forget(page),
    };
  }

  return {
    get count() {
      return pages.size;
    },
    get shed() {
      return shed;
    },
    join,
    see,
    flush() {
      for (const page of pages) flushPage(page);
    },
    tellAll(message) {
      const text = JSON.stringify(message);
      for (const page of pages) tell(page, text);
    },
    closeAll() {
      for (const page of pages) page.socket.close(1001, 'the demo ends');
      pages.clear();
      byCell.clear();
    },
  };
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
