import { expect, it } from 'vitest';
import { evaluate, fitLeastSquares } from './least-squares.ts';

const law = { message: 5, burst: 40, kib: 1.5 };
const xs = [
  { message: 1, burst: 1, kib: 0.1 },
  { message: 1, burst: 0.25, kib: 0.1 },
  { message: 1, burst: 0.01, kib: 4 },
  { message: 1, burst: 0.5, kib: 16 },
  { message: 1, burst: 0.1, kib: 64 },
];

it('finds the law that exact points were made from', () => {
  const rows = xs.map((x) => ({ x, y: evaluate(law, x), weight: 1 / evaluate(law, x) ** 2 }));
  const found = fitLeastSquares(rows);
  for (const [name, value] of Object.entries(law)) expect(found[name]).toBeCloseTo(value, 6);
});

it('stays near the law when the points are noisy', () => {
  const noise = [1.04, 0.97, 1.02, 0.98, 1.01];
  const rows = xs.map((x, i) => {
    const y = evaluate(law, x) * (noise[i] ?? 1);
    return { x, y, weight: 1 / y ** 2 };
  });
  const found = fitLeastSquares(rows);
  for (const x of xs)
    expect(Math.abs(evaluate(found, x) / evaluate(law, x) - 1)).toBeLessThan(0.05);
});

it('leaves a cost out rather than making it negative, unless it may be', () => {
  const rows = [1, 2, 3].map((n) => ({ x: { base: 1, each: n }, y: 10 * n - 4 }));
  expect(fitLeastSquares(rows, ['base'])).toEqual({
    base: expect.closeTo(-4, 6),
    each: expect.closeTo(10, 6),
  });
  const found = fitLeastSquares(rows);
  expect(found['base']).toBe(0);
  expect(found['each']).toBeGreaterThan(8);
});

it('gives zero to what no point varied', () => {
  expect(fitLeastSquares([{ x: { message: 1, never: 0 }, y: 7 }])).toEqual({
    message: 7,
    never: 0,
  });
});
