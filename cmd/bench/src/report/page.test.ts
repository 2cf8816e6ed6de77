import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { environment } from '../frame/environment.ts';
import { type Line, parseLines, replaceLine } from './line.ts';
import { toPage } from './page.ts';
import { toPictures } from './pictures.ts';
import { withFigures } from './readme.ts';

const where = {
  ...environment('2.15.1', 'jetlane bench report'),
  date: '2020-01-02T03:04:05.678Z',
};
const head = { quick: false, environment: where, warnings: ['the machine was busy'] };
const side = (perSecond: number, clientCpuUs: number) => ({ perSecond, clientCpuUs, p50Us: 900 });

const lines: Line[] = [
  {
    ...head,
    part: 'publish',
    data: [
      { jetlane: side(90_000, 6), idiomatic: side(15_000, 60), ceiling: side(150_000, 4) },
      { jetlane: side(80_000, 7), idiomatic: side(20_000, 58), ceiling: side(140_000, 4) },
      { jetlane: side(85_000, 6), idiomatic: side(17_000, 59), ceiling: side(160_000, 4) },
    ],
  },
  {
    ...head,
    part: 'load',
    data: [
      {
        side: 'jetlane',
        steps: [
          { rate: 1_000, p50Us: 300, p99Us: 2_000 },
          { rate: 1_500, p50Us: 400, p99Us: 150_000 },
        ],
        broke: { rate: 1_500, why: 'p99 150 ms, over 100 ms' },
      },
    ],
  },
  {
    ...head,
    part: 'heap',
    data: [
      { msgs: 1_000_000, heapBytes: 20 * 2 ** 20, residentBytes: 90 * 2 ** 20 },
      { msgs: 10_000_000, heapBytes: 20.5 * 2 ** 20, residentBytes: 95 * 2 ** 20 },
    ],
  },
];

it('the page shows ratios against goals, medians with ranges, the knee, and where it was measured', () => {
  const page = toPage(lines);
  expect(page).toMatch(/\| client\.publish ÷ js\.publish, rate +\| +5 \| +≥ 5 \| +reached \|/);
  expect(page).toMatch(
    /worker ÷ iterator with the same work, rate +\| +– \| +≥ 2\.8 \| not measured/,
  );
  expect(page).toMatch(/\| Jetlane +\| +5 × \| +85,000 \(80,000–90,000\) \| +6 µs \(6 µs–7 µs\)/);
  expect(page).toMatch(/\| Jetlane \| 1,000\/s \| +1,500\/s \| p99 150 ms, over 100 ms \|/);
  expect(page).toContain('- publish: 2020-01-02 03:04 UTC, `jetlane bench report`;');
  expect(page).toContain('**the machine was busy**');
  expect(page).toContain('### What was tried and did not help');
});

it('a fan-out says of workers and of viewers by themselves what had not arrived', () => {
  const jetlane = { p50Us: 9, p99Us: 90, missing: 0, viewersP99Us: 400, viewersMissing: 7 };
  const data = [{ jetlane, core: { p50Us: 1, p99Us: 2, missing: 3 } }];
  const page = toPage([...lines, { ...head, part: 'fanout', data }]);
  expect(page).toMatch(/\| four workers .*\| +0 \(0–0\) \|\n/);
  expect(page).toMatch(/\| 200 viewers .*\| +7 \(7–7\) \|\n/);
});

it('there is a picture for each that the page shows, and none without data', () => {
  const shown = [...toPage(lines).matchAll(/\(benchmarks\/([\w-]+\.svg)\)/g)].map(
    ([, name]) => name,
  );
  expect([...toPictures(lines).keys()].sort()).toEqual([...new Set([...shown, 'cpu.svg'])].sort());
});

it('a new measurement replaces its own part only', () => {
  const again = { ...(lines[1] as Line), quick: true } as Line;
  const kept = replaceLine(lines, again);
  expect(kept.map(({ part, quick }) => [part, quick])).toEqual([
    ['publish', false],
    ['load', true],
    ['heap', false],
  ]);
  expect(parseLines(kept.map((line) => JSON.stringify(line)).join('\n'))).toEqual(kept);
});

it('the README gets four figures between its marks, and nothing else changes', () => {
  const begin = '<!-- figures of docs/benchmarks.md: written by npm run bench -- --report -->';
  const readme = `# A\n\n${begin}\nold\n<!-- end of figures -->\n\nB\n`;
  const written = withFigures(readme, lines);
  expect(written).toMatch(/^# A\n\n<!-- figures.*-->\n\n\| measured/);
  expect(written).toMatch(/against `js\.publish` +\| +5 × \|/);
  expect(written).toMatch(/iterator with the same work +\| +– × \|/);
  expect(written.match(/ × \|$/gm)).toHaveLength(4);
  expect(written).toContain('`npm run bench:guard`');
  expect(written).toContain('2020-01-02');
  expect(written.endsWith('<!-- end of figures -->\n\nB\n')).toBe(true);
  expect(withFigures(written, lines)).toBe(written);
  expect(withFigures('# A\n', lines)).toBe('# A\n');
});

it('the documentation is what its lines make', async () => {
  const root = new URL('../../../../', import.meta.url);
  const read = (path: string) => readFile(new URL(path, root), 'utf8');
  const kept = parseLines(await read('docs/benchmarks.jsonl'));
  const anew = 'run npm run bench -- --report --render';
  expect(await read('docs/benchmarks.md'), anew).toBe(toPage(kept));
  const pictures = toPictures(kept);
  expect((await readdir(new URL('docs/benchmarks/', root))).sort()).toEqual(
    [...pictures.keys()].sort(),
  );
  for (const [name, svg] of pictures) expect(await read(`docs/benchmarks/${name}`), anew).toBe(svg);
  const readme = await read('README.md');
  expect(readme).toContain('<!-- end of figures -->');
  expect(withFigures(readme, kept), anew).toBe(readme);
});

it('the page tells of rivals and of the order flow once they were measured', () => {
  const rows = [{ rival: 'Queue', rounds: 0, note: 'not run: no server' }];
  const page = toPage([
    ...lines,
    {
      ...head,
      part: 'compared',
      data: { rounds: 3, durationMs: 2_000, rates: [1_000], size: 128, rows },
    },
    {
      ...head,
      part: 'orderFlow',
      data: { rate: 200, rows: [{ trouble: 'outage', style: 'events' }] },
    },
  ]);
  expect(page).toContain('## Compared\n');
  expect(page).toContain('- Queue: not run: no server.');
  expect(page).toContain('## One order flow, as REST and as events\n');
  expect(page).toMatch(/\| outage +\| events +\| +– \|/);
  expect(toPage(lines)).not.toContain('## Compared');
});
