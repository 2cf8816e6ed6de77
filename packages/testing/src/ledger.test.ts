import { expect, it } from 'vitest';
import { Ledger } from './ledger.ts';

it('finds what was lost, what came twice and what nobody sent', () => {
  const ledger = new Ledger();
  for (const id of ['a', 'b', 'c', 'd']) ledger.sent(id);
  for (const id of ['a', 'b', 'c']) ledger.acked(id);
  for (const id of ['a', 'a', 'b', 'z']) ledger.delivered(id);
  expect(ledger.lost()).toEqual(['c']);
  expect(ledger.duplicates()).toEqual(['a']);
  expect(ledger.strangers()).toEqual(['z']);
  expect(ledger.counts).toEqual({ sent: 4, acked: 3, delivered: 3 });
});
