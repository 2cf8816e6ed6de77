import { expect, it } from 'vitest';
import type { Outcome } from './fault.ts';
import { toJsonLine, toWords } from './output.ts';
import type { Result } from './trial.ts';

const outcome: Outcome = {
  acked: 10,
  lost: 1,
  redelivered: 3,
  duplicates: 2,
  doubleEffects: 0,
  orderInversions: 0,
  faultsInjected: 4,
  recoveredMs: 250,
  safe: [{ says: 'all is well', holds: false, found: '9 of 10' }],
  bite: [{ says: 'it hurt', holds: true, found: 'once' }],
  figures: { undisturbedPerSecond: 100 },
};
const result: Result = {
  name: 'broker-kill',
  seed: 7,
  size: 'small',
  nodes: 3,
  outcome,
  ok: false,
  problems: ['not safe: 1 acknowledged and lost, expected 0'],
  durationMs: 1_234,
  serverVersion: '2.15.1',
};

it('for programs a result is one line of JSON with just these fields', () => {
  const line = toJsonLine(result);
  expect(line).not.toContain('\n');
  expect(Object.entries(JSON.parse(line))).toEqual([
    ['name', 'broker-kill'],
    ['seed', 7],
    ['size', 'small'],
    ['nodes', 3],
    ['acked', 10],
    ['lost', 1],
    ['redelivered', 3],
    ['duplicates', 2],
    ['doubleEffects', 0],
    ['orderInversions', 0],
    ['faultsInjected', 4],
    ['recoveredMs', 250],
    ['ok', false],
  ]);
});

it('counts are null in a run that did not come to its end', () => {
  expect(JSON.parse(toJsonLine({ ...result, outcome: undefined }))).toMatchObject({
    acked: null,
    lost: null,
    recoveredMs: null,
    ok: false,
  });
});

it('for people it says the same, and why', () => {
  expect(toWords(result)).toEqual([
    'broker-kill: NOT OK (small, 3 servers, seed 7, 1.2 s)',
    '  not safe: 1 acknowledged and lost, expected 0',
    '  acked 10, lost 1, redelivered 3, duplicates 2, double effects 0, order inversions 0, faults injected 4, recovered ms 250',
    '  NO: all is well (9 of 10)',
    '  yes: it hurt (once)',
    '  undisturbed per second: 100',
  ]);
});
