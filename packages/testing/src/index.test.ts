import { expect, it } from 'vitest';
import * as testing from './index.ts';

it('exports exactly this', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'FaultProxy',
    'Ledger',
    'LedgerFile',
    'LedgerReader',
    'conformance',
    'holds',
    'seededRandom',
    'startFaultProxy',
    'until',
  ]);
});
