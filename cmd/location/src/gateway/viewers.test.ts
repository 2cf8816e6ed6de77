import { describe, expect, it } from 'vitest';
import type { Position } from './rows.ts';
import {
  BEHIND_BYTES,
  BEHIND_MS,
  COUNT_EVERY_MS,
  CROWD_FROM,
  CROWD_UNTIL,
  SNAPSHOTS_MAX,
  Viewers,
} from './viewers.ts';

interface Sent {
  readonly kind: string;
  readonly drivers?: [string, ...unknown[]][];
  readonly [field: string]: unknown;
}

class FakeSocket {
  bufferedAmount = 0;
  readonly sent: Sent[] = [];
  readonly scopes: Sent[] = [];
  closed: number | undefined;
  readonly bytes: Buffer[] = [];
  send(text: Buffer): void {
    this.bytes.push(text);
    const message = JSON.parse(text.toString()) as Sent;
    if (message.kind === 'scope') this.scopes.push(message);
    else this.sent.push(message);
  }
  close(code: number): void {
    this.closed = code;
  }
  take() {
    return this.sent
      .splice(0)
      .map(({ kind, drivers }) => [kind, ...(drivers ?? []).map(([id]) => id)]);
  }
}

const at = (driverId: string, cell: string, takenAtMs = 0): Position => ({
  driverId,
  cell,
  takenAtMs,
  lat: 10,
  lng: -30,
  headingDeg: 0,
  speedMps: 5,
  status: 'free',
});

describe('the viewers', () => {
  it('send a page a snapshot of its cells and then only what happens there', () => {
    const viewers = new Viewers();
    viewers.see(at('a', 'north'));
    viewers.see(at('b', 'south'));
    const socket = new FakeSocket();
    viewers.join(socket).watch(['north']);
    viewers.flush();
    expect(socket.take()).toEqual([['snapshot', 'a']]);
    viewers.see(at('b', 'south', 1));
    viewers.see(at('a', 'north', 1));
    viewers.flush();
    viewers.flush();
    expect(socket.take()).toEqual([['moved', 'a']]);
  });

  it('keep the newest position of a driver between two flushes, and ignore late ones', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    viewers.join(socket).watch(['north']);
    viewers.flush();
    socket.take();
    for (const takenAtMs of [1, 3, 2]) viewers.see(at('a', 'north', takenAtMs));
    viewers.flush();
    expect(socket.sent[0]?.drivers).toEqual([['a', 10, -30, 0, 5, 'free', 3]]);
  });

  it('show a driver that leaves once more, and in its new cell from then on', () => {
    const viewers = new Viewers();
    const [north, south] = [new FakeSocket(), new FakeSocket()];
    viewers.join(north).watch(['north']);
    viewers.join(south).watch(['south']);
    viewers.see(at('a', 'north', 1));
    viewers.flush();
    viewers.see(at('a', 'south', 2));
    viewers.flush();
    viewers.see(at('a', 'south', 3));
    viewers.flush();
    expect(north.take()).toEqual([
      ['snapshot', 'a'],
      ['moved', 'a'],
    ]);
    expect(south.take()).toEqual([['snapshot'], ['moved', 'a'], ['moved', 'a']]);
  });

  it('pass over a page that does not read, give it a snapshot when it does, and slow nobody', () => {
    const viewers = new Viewers();
    const [slow, quick] = [new FakeSocket(), new FakeSocket()];
    for (const socket of [slow, quick]) viewers.join(socket).watch(['north']);
    viewers.flush();
    slow.take();
    quick.take();
    slow.bufferedAmount = BEHIND_BYTES + 1;
    for (let i = 1; i <= 5; i++) {
      viewers.see(at('a', 'north', i));
      viewers.flush();
    }
    viewers.tellAll({ kind: 'figures' });
    expect(slow.take()).toEqual([]);
    expect(quick.take()).toHaveLength(6);
    slow.bufferedAmount = 0;
    viewers.flush();
    expect(slow.take()).toEqual([['slow'], ['snapshot', 'a']]);
    expect(viewers.figures.shed).toBe(0);
  });

  it('close a page that stays behind', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    viewers.join(socket).watch(['north']);
    socket.bufferedAmount = BEHIND_BYTES + 1;
    viewers.flush(1000);
    viewers.flush(999 + BEHIND_MS);
    expect(socket.closed).toBeUndefined();
    viewers.flush(1000 + BEHIND_MS);
    expect(socket.closed).toBe(1013);
    expect(viewers.figures).toMatchObject({ viewers: 0, shed: 1, passedOver: 3 });
  });

  it('close a page that reads nothing, though it never said what it shows', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    viewers.join(socket);
    socket.bufferedAmount = BEHIND_BYTES + 1;
    viewers.flush(1000);
    expect(socket.closed).toBeUndefined();
    viewers.flush(1000 + BEHIND_MS);
    expect(socket.closed).toBe(1013);
    expect(viewers.figures).toMatchObject({ viewers: 0, shed: 1 });
  });

  it('keep a page that reads between two looks, however often it is behind when they look', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    viewers.join(socket).watch(['north']);
    viewers.flush(0);
    for (let nowMs = COUNT_EVERY_MS; nowMs <= 2 * BEHIND_MS; nowMs += COUNT_EVERY_MS) {
      socket.bufferedAmount = BEHIND_BYTES + 1;
      viewers.flush(nowMs);
      socket.bufferedAmount = 0;
      viewers.see(at('a', 'north', nowMs));
      viewers.flush(nowMs + 1);
    }
    expect(socket.closed).toBeUndefined();
    expect(viewers.figures.passedOver).toBe(20);
  });

  it('tell who watches over a page once when it reads again, as it missed what was told to all', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    let times = 0;
    viewers.join(socket, () => times++).watch(['north']);
    viewers.flush(0);
    socket.bufferedAmount = BEHIND_BYTES + 1;
    viewers.see(at('a', 'north', 1));
    viewers.flush(1);
    viewers.tellAll({ kind: 'surge' });
    expect(times).toBe(0);
    socket.bufferedAmount = 0;
    for (const nowMs of [2, 3, COUNT_EVERY_MS + 4]) viewers.flush(nowMs);
    expect(times).toBe(1);
  });

  it('change the cells of a page and forget it when it leaves', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    const viewer = viewers.join(socket);
    viewers.see(at('a', 'north', 1));
    viewer.watch(['north']);
    viewer.watch(['south']);
    viewers.flush();
    viewers.see(at('a', 'north', 2));
    viewers.flush();
    expect(socket.take()).toEqual([['snapshot']]);
    viewer.leave();
    viewer.watch(['north']);
    viewers.flush();
    expect([socket.take(), viewers.count]).toEqual([[], 0]);
  });

  it('encode a cell once, however many pages show it, and copy only where a page shows several', () => {
    const viewers = new Viewers();
    const sockets = Array.from({ length: 50 }, () => new FakeSocket());
    const both = new FakeSocket();
    for (const socket of sockets) viewers.join(socket).watch(['north']);
    viewers.join(both).watch(['north', 'south']);
    viewers.flush();
    const before = viewers.figures;
    viewers.see(at('a', 'north'));
    viewers.see(at('b', 'south'));
    viewers.flush();
    expect(viewers.figures.encodedCells - before.encodedCells).toBe(2);
    expect(viewers.figures.frames - before.frames).toBe(51);
    expect(new Set(sockets.map(({ bytes }) => bytes.at(-1))).size).toBe(1);
    expect(both.take().at(-1)).toEqual(['moved', 'a', 'b']);
  });

  it('serve the snapshots of a crowd a part at a time, and moves to the others meanwhile', () => {
    const viewers = new Viewers();
    const first = new FakeSocket();
    viewers.join(first).watch(['north']);
    viewers.flush();
    const crowd = Array.from({ length: SNAPSHOTS_MAX + 1 }, () => new FakeSocket());
    for (const socket of crowd) viewers.join(socket).watch(['north']);
    viewers.see(at('a', 'north'));
    viewers.flush();
    expect(crowd.filter(({ sent }) => sent.length > 0)).toHaveLength(SNAPSHOTS_MAX);
    expect(first.take().at(-1)).toEqual(['moved', 'a']);
    viewers.flush();
    expect(crowd.at(-1)?.take()).toEqual([['snapshot', 'a']]);
  });

  it('show rides where they are put, once more where they were, and none that are over', () => {
    const viewers = new Viewers();
    const [door, street, elsewhere] = [new FakeSocket(), new FakeSocket(), new FakeSocket()];
    viewers.ride('r-1', '["r-1","waiting"]', ['door']);
    viewers.join(door).watch(['door']);
    viewers.join(street).watch(['street']);
    viewers.join(elsewhere).watch(['elsewhere']);
    viewers.flush();
    const rides = (socket: FakeSocket) => socket.sent.splice(0).map(({ rides }) => rides);
    expect(rides(door)).toEqual([[['r-1', 'waiting']]]);
    expect([...rides(street), ...rides(elsewhere)]).toEqual([undefined, undefined]);
    viewers.ride('r-1', '["r-1","riding"]', ['street']);
    viewers.flush();
    expect([rides(door), rides(street)]).toEqual([[[['r-1', 'riding']]], [[['r-1', 'riding']]]]);
    viewers.ride('r-1', '["r-1","over"]', []);
    viewers.flush();
    expect([rides(door), rides(street)]).toEqual([[], [[['r-1', 'over']]]]);
    viewers.join(street).watch(['street', 'door']);
    viewers.flush();
    expect(rides(street)).toEqual([undefined]);
    expect(elsewhere.sent).toEqual([]);
  });

  it('count drivers by cell where they are too many to tell apart, and show each again when they are fewer', () => {
    const viewers = new Viewers();
    const [many, few] = [new FakeSocket(), new FakeSocket()];
    for (let i = 0; i < CROWD_FROM; i++) viewers.see({ ...at(`n-${i}`, 'north'), speedMps: 10 });
    viewers.see({ ...at('s-1', 'south'), status: 'on-trip', speedMps: 3 });
    viewers.flag('s-1');
    viewers.join(many).watch(['north', 'south']);
    viewers.join(few).watch(['south']);
    expect(many.scopes).toMatchObject([{ cells: 2, drivers: CROWD_FROM + 1, aggregated: true }]);
    expect(few.scopes).toMatchObject([{ cells: 1, drivers: 1, aggregated: false }]);
    viewers.flush(0);
    const [counts] = many.sent.splice(0);
    expect(counts).toMatchObject({
      kind: 'crowd',
      cells: [
        ['north', CROWD_FROM, 0, 0, 10, 0, CROWD_FROM],
        ['south', 0, 0, 1, 3, 1, 1],
      ],
    });
    viewers.see(at('n-1', 'north', 1));
    viewers.flush(COUNT_EVERY_MS - 1);
    expect(many.sent).toEqual([]);
    viewers.flush(COUNT_EVERY_MS);
    expect(many.sent.splice(0)).toMatchObject([{ kind: 'crowd', cells: [{ 6: 1 }, { 6: 0 }] }]);
    expect(few.take()).toEqual([['snapshot', 's-1']]);
    for (let i = 0; i <= CROWD_FROM - CROWD_UNTIL + 1; i++) viewers.see(at(`n-${i}`, 'away', 2));
    viewers.flush(2 * COUNT_EVERY_MS);
    viewers.flush(2 * COUNT_EVERY_MS + 1);
    expect(many.scopes.at(-1)).toMatchObject({ aggregated: false });
    expect(many.sent.at(-1)?.kind).toBe('snapshot');
    for (let i = 0; i < CROWD_FROM; i++) viewers.see(at(`n-${i}`, 'north', 3));
    viewers.flush(3 * COUNT_EVERY_MS);
    expect(many.scopes.at(-1)).toMatchObject({ aggregated: true });
    expect(many.sent.at(-1)?.kind).toBe('crowd');
  });

  it('pass over and close those, too, that do not read their counts', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    for (let i = 0; i <= CROWD_FROM; i++) viewers.see(at(`n-${i}`, 'north'));
    viewers.join(socket).watch(['north']);
    socket.bufferedAmount = BEHIND_BYTES + 1;
    viewers.flush(0);
    viewers.flush(COUNT_EVERY_MS);
    socket.bufferedAmount = 0;
    viewers.flush(3 * COUNT_EVERY_MS);
    expect(socket.sent.map(({ kind }) => kind)).toEqual(['slow', 'crowd']);
    socket.bufferedAmount = BEHIND_BYTES + 1;
    for (let ms = 0; ms <= BEHIND_MS + COUNT_EVERY_MS; ms += COUNT_EVERY_MS) {
      viewers.flush(4 * COUNT_EVERY_MS + ms);
    }
    expect([socket.closed, viewers.count]).toEqual([1013, 0]);
  });

  it('keep nothing of the cells that a page made up', () => {
    const viewers = new Viewers();
    const socket = new FakeSocket();
    const viewer = viewers.join(socket);
    viewer.watch(['nowhere']);
    viewer.leave();
    viewers.see(at('a', 'nowhere'));
    viewers.join(socket).watch(['nowhere']);
    viewers.flush();
    expect(socket.take()).toEqual([['snapshot', 'a']]);
  });
});
