import { expect, it } from 'vitest';
import { columnsFor, comparedSection, type Entry, notesFor, toRows } from './compared.ts';
import { standingOf } from './comparison.ts';
import type { Trial } from './trial.ts';

const trials: Trial[] = [
  {
    rival: 'jetlane',
    round: 1,
    publish: { perSecond: 60_000, cpuUs: 10, serverCpuUs: 8 },
    work: { perSecond: 30_000, cpuUs: 20, serverCpuUs: 9 },
    latency: [{ perSecond: 1_000, p50Us: 410, p99Us: 3_300, arrived: 1 }],
    failure: null,
  },
  {
    rival: 'queue',
    round: 1,
    publish: { perSecond: 20_000, cpuUs: 40, serverCpuUs: null },
    work: { perSecond: 60_000, cpuUs: 8, serverCpuUs: null },
    latency: [{ perSecond: 1_000, p50Us: 9_000, p99Us: 70_000, arrived: 0.42 }],
    failure: null,
  },
];
const about = { version: 'v1', durability: 'fsync', how: 'as its page says' };
const entries: Entry[] = [
  { id: 'jetlane', title: 'Jetlane', ...about, standing: standing('jetlane'), note: null },
  { id: 'queue', title: 'Queue | Co', ...about, standing: standing('queue'), note: null },
  { id: 'away', title: 'Away', ...about, standing: undefined, note: 'not run: no server' },
];

it('each rival is a row, also the one that did not run', () => {
  const rows = toRows(entries, [1_000]);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toMatchObject({
    publishPerSecond: 20_000,
    publishRatio: 3,
    workRatio: 0.5,
    publishServerCpuUs: null,
    p50UsAt1000: null,
    arrivedAt1000: 0.42,
    note: '1,000/s was not held: 42 % arrived in time',
  });
  expect(rows[2]).toMatchObject({ rounds: 0, publishPerSecond: null, note: 'not run: no server' });
});

it('the notes say what confirmed means for each that ran, and why others did not', () => {
  const notes = notesFor(toRows(entries, [1_000]));
  expect(notes).toContain('Jetlane (v1): as its page says. fsync');
  expect(notes).toContain('Away: not run: no server');
  expect(notes.join()).not.toContain('Away (v1)');
});

it('every column of the table is in its rows', () => {
  const [row] = toRows(entries, [1_000, 10_000]);
  for (const { key } of columnsFor([1_000, 10_000])) expect(row).toHaveProperty(key);
});

it('the section shows a rival that is faster as such, and cells that hold a bar', () => {
  const section = comparedSection({
    rounds: 1,
    durationMs: 1_000,
    rates: [1_000],
    size: 128,
    rows: toRows(entries, [1_000]),
  });
  expect(section[0]).toBe('## Compared');
  const rows = section.map((line) => line.replaceAll(/ +/g, ' '));
  expect(rows).toContain(
    '| Queue \\| Co | 20,000 [20k–20k] | 3.00 | 40.0 | – | 60,000 [60k–60k] | 0.50 | 8.0 | – |',
  );
  expect(rows).toContain('| Jetlane | 0.41 / 3.30 |');
  expect(rows).toContain('| Queue \\| Co | – |');
  expect(section).toContain('- **Jetlane** (v1): as its page says. fsync.');
  expect(section).toContain('- Away: not run: no server.');
  expect(section.join()).not.toContain('| Away');
});

function standing(id: string) {
  return standingOf(id, trials, 'jetlane');
}
