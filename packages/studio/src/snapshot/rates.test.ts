import { expect, it } from 'vitest';
import { Rates, sumRates } from './rates.ts';

it('a rate is what a counter grew by, a second', () => {
  const rates = new Rates();
  rates.begin(1_000);
  expect(rates.perSec('a', 100)).toBeNull();
  rates.begin(3_000);
  expect(rates.perSec('a', 300)).toBe(100);
  rates.begin(4_000);
  expect(rates.perSec('a', 300)).toBe(0);
});

it('there is none after a counter was set back, was away, or was last seen long ago', () => {
  const rates = new Rates();
  rates.begin(1_000);
  rates.perSec('reset', 100);
  rates.perSec('away', 100);
  rates.begin(2_000);
  expect(rates.perSec('reset', 5)).toBeNull();
  rates.begin(3_000);
  expect(rates.perSec('reset', 8)).toBe(3);
  expect(rates.perSec('away', 200)).toBeNull();
  rates.begin(60_000);
  expect(rates.perSec('reset', 900)).toBeNull();
});

it('a sum leaves out what is not known', () => {
  expect(sumRates([1, null, 2])).toBe(3);
  expect(sumRates([null])).toBeNull();
  expect(sumRates([])).toBeNull();
});
