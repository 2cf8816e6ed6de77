import { expect, it } from 'vitest';
import type { LedgerEvent } from './entry.ts';
import { Ledger } from './ledger.ts';

it('finds what was lost, what came twice and what nobody sent', () => {
  const ledger = new Ledger();
  for (const id of ['a', 'b', 'c', 'd']) ledger.sent(id);
  for (const id of ['a', 'b', 'c']) ledger.acked(id);
  for (const id of ['a', 'a', 'b', 'z']) ledger.delivered(id);
  expect(ledger.lost()).toEqual(['c']);
  expect(ledger.duplicates()).toEqual(['a']);
  expect(ledger.strangers()).toEqual(['z']);
  expect(ledger.redeliveries()).toBe(1);
  expect(ledger.counts).toEqual({ sent: 4, acked: 3, delivered: 3, effects: 0 });
});

it('finds effects that are missing or happened twice', () => {
  const ledger = new Ledger();
  for (const id of ['a', 'b', 'c']) ledger.acked(id);
  for (const id of ['a', 'b', 'b']) ledger.effect(id);
  expect(ledger.missingEffects()).toEqual(['c']);
  expect(ledger.doubleEffects()).toEqual(['b']);
  expect(ledger.counts.effects).toBe(2);
});

it('counts what came again although no handler finished with it', () => {
  const ledger = new Ledger();
  ledger.began('a');
  ledger.began('a');
  ledger.delivered('a');
  expect(ledger.redeliveries()).toBe(1);
  expect(ledger.duplicates()).toEqual([]);
});

it('counts an inversion once for each first delivery behind a later one, and none for duplicates', () => {
  const ledger = new Ledger();
  for (const seq of [1, 2, 5, 2, 3, 4, 5, 6]) ledger.delivered(`m-${seq}`, { key: 'a', seq });
  ledger.delivered('other', { key: 'b', seq: 1 });
  expect(ledger.inversions().count).toBe(2);
  expect(ledger.inversions().examples[0]).toBe('a: m-3 (3) in test after m-5 (5) in test');
});

it('finds a key that two handlers had at once, and forgets what a dead process had begun', () => {
  const ledger = new Ledger();
  const add = (event: LedgerEvent, by: string, seq: number) =>
    ledger.add({ event, id: `m-${seq}`, by, atMs: 0, key: 'a', seq });
  add('began', 'p1', 1);
  add('failed', 'p1', 1);
  add('began', 'p1', 1);
  add('delivered', 'p1', 1);
  add('began', 'p1', 2);
  ledger.gone('p1');
  add('began', 'p2', 2);
  expect(ledger.overlaps().count).toBe(0);
  add('began', 'p3', 3);
  expect(ledger.overlaps()).toEqual({
    count: 1,
    examples: ['a: m-3 began in p3 while m-2 ran in p2'],
  });
  add('began', 'p3', 4);
  expect(ledger.overlaps().count).toBe(2);
});
