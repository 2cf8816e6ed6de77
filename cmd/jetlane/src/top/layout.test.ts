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
  const server = ['127.0.0.1:4222', 'nats-server 2.15.1'];
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
      'lag 1,234 · 3 dead letters · in 2,500/s · out 600/s · 1 stream, 2 consumers',
    );
    expect(shown[3]).toMatch(/^>▾ ORDERS +2,500 +600 +600 +1,234 +100 .* 1m 1s +420µs +12ms +3/);
    expect(shown[4]).toMatch(
      /^ {5}billing +600 +600 +1,234 +100\/100 +0 +1m 1s +420µs +12ms +3 .*at its cap *$/,
    );
    expect(shown[5]).toMatch(/^ {5}mail +0 +0 +0 +0 +0 +- +- +- +0/);
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
    expect(shown.some((line) => line.startsWith('>    c1250'))).toBe(true);
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
    const help = lines(80, 50, view({ help: true })).join('\n');
    for (const words of ['sort by the next', 'delivered and not acknowledged', 'any key goes back'])
      expect(help).toContain(words);
  });

  it('explains every column, on a small screen too', () => {
    const titles = lines(200, 10)[2]?.replace('▾', '').trim().split(/\s+/).slice(1) ?? [];
    const read = new Set<string>();
    const at = (helpFrom: number) =>
      layout(view({ help: true, helpFrom }), { columns: 50, rows: 15 }, plain);
    expect(at(0).helpEnd).toBeGreaterThan(15);
    for (let from = 0; from <= at(0).helpEnd; from++)
      for (const line of at(from).lines) {
        expect(visibleLength(line)).toBeLessThanOrEqual(50);
        read.add(line.split(/ {2,}/)[0] ?? '');
      }
    for (const title of titles) expect(read).toContain(title);
    expect(at(0).lines.at(-1)).toMatch(/^↑ ↓ scroll, any other key goes back +1-12 of \d+$/);
    const last = at(999);
    expect(last.lines.at(-1)).toMatch(/(\d+) of \1$/);
    expect(last.lines.at(-2)).toMatch(/slowest consumer\.$/);
  });

  it.each([20, 24, 30, 40, 50, 60, 72, 100])(
    'shows sums and keys whole or not at all at %d',
    (columns) => {
      const shown = lines(columns, 10);
      const sums =
        'lag 1,234 · 3 dead letters · in 2,500/s · out 600/s · 1 stream, 2 consumers'.split(' · ');
      const found = shown[1]?.split(' · ') ?? [];
      expect(found).toEqual(sums.slice(0, found.length));
      const keys = ['q quit', '? help', 's sort: lag', '/ filter', 'p pause', '⏎ fold'];
      const foot = shown.at(-1)?.split(/ {2,}/) ?? [];
      expect(foot.length).toBeGreaterThanOrEqual(2);
      expect(foot).toEqual(keys.slice(0, foot.length));
      const parts = shown[0]?.split(/ · | {2,}/) ?? [];
      const [title, ...rest] = parts;
      expect(title).toBe('jetlane top');
      for (const part of rest)
        expect(part).toMatch(
          /^(127\.0\.0\.1:4222|nats-server 2\.15\.1|\d\d:\d\d:\d\d(, every 1 s)?)$/,
        );
    },
  );

  it('says what is wrong rather than where, and cuts a long address in its middle', () => {
    const server = ['a-very-long-name-of-a-server.messaging.example.com:4222'];
    expect(lines(60, 8, view({}, { server }))[0]).toMatch(
      /^jetlane top · a-very.*…\S+:4222 {2}[\d:]{8}$/,
    );
    const trouble = { words: 'permissions violation for all that there is', forMs: 5400 };
    expect(lines(52, 8, view({}, { trouble }))[0]).toBe(`${trouble.words} for 5 s`);
    expect(lines(30, 8, view({}, { trouble }))[0]).toBe('permissions violation for all…');
  });

  it('keeps the column of the sort, and lets keys choose among those that are there', () => {
    for (const [sort, title] of [
      ['handling', '▾HANDLING'],
      ['p50', '▾P50'],
      ['in', '▾IN/S'],
      ['name', '▾ STREAM'],
    ] as const)
      for (const columns of [24, 50, 80, 200])
        expect(lines(columns, 10, view({ sort }))[2]).toContain(title);
    const sorts = (columns: number) => layout(view(), { columns, rows: 10 }, plain).sorts;
    expect(sorts(40)).toEqual(['lag', 'oldest', 'out', 'name']);
    expect(sorts(200)).toHaveLength(10);
    for (const columns of [6, 12, 20]) expect(lines(columns, 10)[2]).toContain('▾');
  });

  it('shows names that differ only at their ends as different, and the whole one under the cursor', () => {
    const names = ['orders-of-all-customers-europe-1', 'orders-of-all-customers-europe-2'];
    const streams = [aStream('S', { consumers: names.map((name) => aConsumer(name)) })];
    const long = { standing: standing(undefined, aReading(streams)) };
    const shown = lines(60, 10, view({ cursor: `S ${names[1]}` }, long));
    expect(shown[4]).toMatch(/^ {5}\S+…\S+-1 /);
    expect(shown[5]).toMatch(/^> {4}\S+…\S+-2 /);
    expect(shown.at(-1)).toContain(`q quit  ? help  ${names[1]}`);
  });

  it('keeps to one form of number in a column', () => {
    const cells = (changes: Parameters<typeof aConsumer>[1], rate = 0) => {
      const now = aConsumer('c', { ...changes, atMs: 10_000, delivered: rate * 10 });
      const then = { ...now, atMs: 0, delivered: 0 };
      const told = standing(
        aReading([aStream('S', { consumers: [then] })]),
        aReading([aStream('S', { atMs: 10_000, consumers: [now] })]),
        { ages: new Map([['S c', 0.2]]) },
      );
      return (
        lines(130, 8, view({}, { standing: told }))[4]
          ?.trim()
          .split(/ {2,}/) ?? []
      );
    };
    // Name, OUT/S, DONE/S, LAG, PENDING, REDELIV, OLDEST.
    expect(cells({ maxAckPending: 8000 }, 9.1).slice(1, 5)).toEqual(['9', '9', '0', '0/8k']);
    expect(cells({ ackPending: 12_000, maxAckPending: 40_000 }, 0.1).slice(1, 5)).toEqual([
      '<1',
      '<1',
      '0',
      '12.0k/40k',
    ]);
    expect(cells({}, 1267)[1]).toBe('1,267');
    expect(cells({})[6]).toBe('<1ms');
  });

  it('shows without colours which row is under the cursor, and whether it is folded', () => {
    const folded = view({ collapsed: new Set(['ORDERS']), cursor: 'ORDERS' });
    expect(lines(80, 8)[3]).toMatch(/^>▾ ORDERS/);
    expect(lines(80, 8, folded)[3]).toMatch(/^>▸ ORDERS/);
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
