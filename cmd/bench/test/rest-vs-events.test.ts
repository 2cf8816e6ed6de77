/** A short run of the order flow, both ways, on real servers and in real processes. */
import { expect, it } from 'vitest';
import { bench } from './fixtures/bench.ts';

it('as events no order is refused in an outage and all are paid; as REST both fall short', async () => {
  const { rows } = await bench(
    ...[
      'rest-vs-events',
      '--rate',
      '50',
      '--duration',
      '1500ms',
      '--rounds',
      '1',
      '--payment',
      'outage',
    ],
  );
  const row = (trouble: string, style: string) =>
    rows.find((row) => row.trouble === trouble && row.style === style);
  expect(rows).toHaveLength(2);
  expect(row('outage', 'events')).toMatchObject({ refusedShare: 0, paidShare: 1, paidTwice: 0 });
  const rest = row('outage', 'synchronous REST');
  expect(rest?.refusedShare).toBeGreaterThan(0);
  expect(rest?.paidShare).toBeLessThan(1);
}, 120_000);

it('a trouble that nobody knows is refused, with those that there are', async () => {
  await expect(bench('rest-vs-events', '--payment', 'earthquake')).rejects.toThrow(
    'expected some of healthy, flaky, slow, outage',
  );
});
