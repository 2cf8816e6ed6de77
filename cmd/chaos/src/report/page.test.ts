import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FAULTS } from '../catalog.ts';
import { FAULT_NAMES } from '../fault.ts';
import { type Line, parseLines, replaceLine } from './line.ts';
import { toPage } from './page.ts';

const line: Line = {
  name: 'broker-kill',
  nodes: 1,
  size: 'full',
  seed: 7,
  ok: true,
  problems: [],
  date: '2020-01-02',
  durationMs: 65_432,
  settings: { kills: 20 },
  counts: {
    acked: 100_000,
    lost: 0,
    redelivered: 12,
    duplicates: 0,
    doubleEffects: 0,
    orderInversions: 0,
    faultsInjected: 20,
    recoveredMs: 1_234,
  },
  safe: [{ says: 'nothing is stored twice', holds: true, found: '0 of 100000' }],
  bite: [{ says: 'publishes had to wait', holds: true, found: 'at 20 of 20 kills' }],
  figures: { silenceMaxMs: 2_000 },
  versions: { jetlane: '0.1.0', natsServer: '2.15.1', node: '20.19.0' },
  machine: '2 cores, 8 GiB, linux 6.1',
};

it('a run replaces its own line only, and lines stand in the order of the faults', () => {
  const other: Line = { ...line, name: 'ack-drop' };
  const cluster: Line = { ...line, nodes: 3 };
  const again: Line = { ...line, seed: 8 };
  const lines = [other, cluster, line, again].reduce<Line[]>(
    (kept, each) => replaceLine(kept, each, FAULT_NAMES),
    [],
  );
  expect(lines).toEqual([again, cluster, other]);
  const text = lines.map((each) => JSON.stringify(each)).join('\n');
  expect(parseLines(`${text}\n`)).toEqual(lines);
});

it('the page shows counts, proof, settings, seed, versions, machine and how to repeat it', () => {
  const page = toPage([line], FAULTS);
  for (const words of [
    '| [broker-kill](#broker-kill) |       1 |      100,000 |    0 |              0 |          0 |          0 |          12 |     20 |        1.2 s | ok  |',
    '- safe: nothing is stored twice (0 of 100000)',
    '- the fault bit: publishes had to wait (at 20 of 20 kills)',
    '- figures: silence max ms 2,000',
    '- settings: kills 20',
    'seed 7, size full, 65.4 s, 2020-01-02; nats-server 2.15.1, Node 20.19.0, Jetlane 0.1.0; 2 cores, 8 GiB, linux 6.1',
    '`npm run chaos -- --only broker-kill --seed 7 --size full --nodes 1`',
    'Not tried yet: `ack-drop`',
    '## Method',
    '## Bounds',
  ])
    expect(page).toContain(words);
});

it('the documentation is what its lines make', async () => {
  const docs = new URL('../../../../docs/', import.meta.url);
  const lines = parseLines(await readFile(new URL('reliability.jsonl', docs), 'utf8'));
  const page = await readFile(new URL('reliability.md', docs), 'utf8');
  expect(page, 'run npm run chaos -- --render').toBe(toPage(lines, FAULTS));
});

it('the page hides nothing that went wrong', () => {
  const bad: Line = {
    ...line,
    size: 'small',
    ok: false,
    problems: ['not safe: 3 acknowledged and lost, expected 0'],
    safe: [{ says: 'nothing is stored twice', holds: false, found: '2' }],
  };
  const page = toPage([bad], FAULTS);
  expect(page).toContain('| **not ok**, small size |');
  expect(page).toContain('- **not ok**: not safe: 3 acknowledged and lost, expected 0');
  expect(page).toContain('nothing is stored twice (2) — **it does not hold**');
});
