import { expect, it } from 'vitest';
import { deliveryRates } from './figures.ts';

it('rates are those since the last look, and begin anew with another process of the same number', () => {
  const since = deliveryRates();
  expect(since('fraud 2', 500, 2)).toBe(250);
  expect(since('fraud 2', 700, 1)).toBe(200);
  expect(since('eta 2', 700, 1)).toBe(700);
  expect(since('fraud 2', 30, 1)).toBe(30);
  expect(since('fraud 2', 80, 1)).toBe(50);
});
