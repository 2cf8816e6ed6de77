import { describe, expect, it } from 'vitest';
import { aConsumer, aReading, aStream, aWorker } from '../../test/readings.ts';
import { visibleLength } from '../terminal/cells.ts';
import { makeStyle } from '../terminal/style.ts';
import { layout, onceLines, type TopView } from './layout.ts';
import { standing } from './standing.ts';
import { initialState, type TopState } from './top-state.ts';

const plain = makeStyle(false);
const billing = aConsumer('billing', {
  lag: 1234,
  ackPending: 100,
  maxAckPending: 100,
  delivered: 5000,
});
const orders = aStream('ORDERS', {
  lastSeq: 9000,
  messages: 9000,
  bytes: 4096,
  consumers: [billing, aConsumer('mail')],
});
const before = aStream('ORDERS', {
  atMs: -1000,
  lastSeq: 6500,
  consumers: [{ ...billing, atMs: -1000, delivered: 4400 }, aConsumer('mail', { atMs: -1000 })],
});
const LETTERS = [{ in: 'DLQ', stream: 'ORDERS', worker: 'billing', count: 3 }];
const AGES = new Map([['ORDERS billing', 61_000]]);
const TOLD = [
  aWorker('ORDERS', 'billing', {
    latencyMs: { p50: 0.42, p99: 12.34 },
    handlingMs: { p50: 0.03, p99: 9.87 },
  }),
];
const STANDING = standing(aReading([before]), aReading([orders], LETTERS), {
  ages: AGES,
  told: TOLD,
});

function view(state: Partial<TopState> = {}, changes: Partial<TopView> = {}): TopView {
  const server = '127.0.0.1:4222 · nats-server 2.15.1';
  const rest = { standing: STANDING, server, everyMs: 1000, trouble: undefined };
  return { state: { ...initialState, ...state }, ...rest, ...changes };
}
const lines = (columns: number, rows: number, given = view()) =>
  layout(given, { columns, rows }, plain).lines;

describe('the screen', () => {
  it('gives up columns until it fits: what matters most stays', () => {
    const titles = (columns: number) => lines(columns, 10)[2]?.trim().split(/\s+/);
    expect(titles(40)).toEqual(['STREAM', 'OUT/S', '▾LAG', 'OLDEST']);
    expect(titles(80)).toEqual([
      'STREAM',
      'IN/S',
      'OUT/S',
      '▾LAG',
      'PENDING',
      'OLDEST',
      'P50',
      'P99',
      'DEAD',
    ]);
    expect(titles(200)).toEqual([
      'STREAM',
      'IN/S',
      'OUT/S',
      'DONE/S',
      '▾LAG',
      'PENDING',
      'REDELIV',
      'OLDEST',
      'P50',
      'P99',
      'HANDLING',
      'DEAD',
      'PULLS',
      'STORED',
      'SIZE',
      'NOTE',
    ]);
  });

  it.each([20, 40, 80, 200])('fills a terminal of %d columns, and no more', (columns) => {
    for (const rows of [3, 8, 24]) {
      for (const style of [plain, makeStyle(true)]) {
        const laid = layout(view(), { columns, rows }, style);
        expect(laid.lines).toHaveLength(rows);
        for (const line of laid.lines) expect(visibleLength(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('keeps its columns where names have wide characters', () => {
    const streams = [aStream('漢字のストリーム', { consumers: [aConsumer('課金')] })];
    const wide = view({}, { standing: standing(undefined, aReading(streams)) });
    for (const columns of [40, 60, 80]) {
      const shown = lines(columns, 10, wide)
        .slice(2, 5)
        .map((line) => line.trimEnd());
      const widths = shown.map(visibleLength);
      expect(new Set(widths).size).toBe(1);
      expect(widths[0]).toBeLessThanOrEqual(columns);
    }
  });

  it('shows a stream, its consumers, and what asks for attention', () => {
    const shown = lines(130, 8);
    expect(shown[0]).toMatch(
      /^jetlane top · 127\.0\.0\.1:4222 · nats-server 2\.15\.1 +.*every 1 s$/,
    );
    expect(shown[1]).toBe(
      '1 stream, 2 consumers · in 2500/s · out 600/s · lag 1234 · 3 dead letters',
    );
    expect(shown[3]).toMatch(/^> ORDERS +2500 +600 +600 +1234 +100 .* 1m 1s +420µs +12ms +3/);
    expect(shown[4]).toMatch(
      /^ {4}billing +600 +600 +1234 +100\/100 +0 +1m 1s +420µs +12ms +3 .*at its cap *$/,
    );
    expect(shown[5]).toMatch(/^ {4}mail +0 +0 +0 +0 +0 +- +- +- +0/);
  });

  it('shows how long messages took in few characters, and how long it took to handle them where there is room', () => {
    expect(lines(200, 8)[4]).toMatch(/ 420µs +12ms +30µs\/9\.9ms /);
    const took = (p99: number) => {
      const told = [aWorker('ORDERS', 'mail', { latencyMs: { p50: 1, p99 } })];
      const view200 = view({}, { standing: standing(undefined, aReading([orders]), { told }) });
      return lines(200, 8, view200)[5]?.split(/ {2,}/)[9]?.trim();
    };
    const cells = [0.0004, 0.9, 1, 9.96, 999.4, 1500, 61_000, 7.3e6, 1e9].map(took);
    expect(cells).toEqual(['1µs', '900µs', '1.0ms', '10ms', '999ms', '1.5s', '1m', '2h', '11d']);
  });

  it('keeps the row under the cursor in sight, and says where it is', () => {
    const many = standing(
      undefined,
      aReading([
        aStream('MANY', {
          consumers: Array.from({ length: 300 }, (_, index) => aConsumer(`c${1000 + index}`)),
        }),
      ]),
    );
    const shown = lines(80, 24, view({ cursor: 'MANY c1250' }, { standing: many }));
    expect(shown.some((line) => line.startsWith('>   c1250'))).toBe(true);
    expect(shown.at(-1)).toMatch(/242-261 of 301$/);
    expect(lines(80, 24, view({ cursor: 'MANY c1299' }, { standing: many })).at(-1)).toMatch(
      /282-301 of 301$/,
    );
  });

  it('says that it reads, pauses, or that the server is away and for how long', () => {
    expect(lines(80, 8, view({}, { standing: undefined }))[0]).toMatch(/reading$/);
    expect(lines(80, 8, view({ paused: true }))[0]).toMatch(/PAUSED$/);
    const trouble = { words: 'the server is away', forMs: 5400 };
    expect(lines(40, 8, view({}, { trouble }))[0]).toMatch(/the server is away for 5 s$/);
  });

  it('shows the filter while it is typed, and when nothing has it', () => {
    expect(lines(80, 8, view({ filter: 'bil', typing: { before: '' } })).at(-1)).toMatch(
      /^filter: bil_/,
    );
    const none = lines(80, 8, view({ filter: 'x\u001b[2J' }));
    expect(none.join('\n')).toContain('Nothing has "x\\u001b[2J" in its name.');
  });

  it('explains its keys and columns', () => {
    const help = lines(80, 30, view({ help: true })).join('\n');
    for (const words of ['sort by the next', 'delivered and not acknowledged', 'any key goes back'])
      expect(help).toContain(words);
  });

  it('marks the row under the cursor by colour where there is one', () => {
    const { lines: coloured } = layout(view(), { columns: 80, rows: 8 }, makeStyle(true));
    expect(coloured[3]?.startsWith('\u001b[36m▾ ORDERS')).toBe(true);
  });
});

it('is printed once without a cursor, keys or cut lines', () => {
  const printed = onceLines(view(), undefined, plain);
  expect(printed).toHaveLength(6);
  expect(printed[3]).toMatch(/^▾ ORDERS/);
  expect(printed.every((line) => line === line.trimEnd())).toBe(true);
});
