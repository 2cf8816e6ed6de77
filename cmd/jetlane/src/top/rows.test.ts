import { describe, expect, it } from 'vitest';
import { aConsumer, aReading, aStream, aWorker } from '../../test/readings.ts';
import { type RowChoice, rowsOf } from './rows.ts';
import { standing } from './standing.ts';

const STANDING = standing(
  undefined,
  aReading([
    aStream('ORDERS', {
      consumers: [aConsumer('billing', { lag: 3 }), aConsumer('mail', { lag: 9, ackPending: 1 })],
    }),
    aStream('RIDES', { consumers: [aConsumer('match', { lag: 2, ackPending: 5 })] }),
    aStream('AUDIT'),
  ]),
  {
    told: [
      aWorker('ORDERS', 'mail', { latencyMs: { p50: 8, p99: 9 } }),
      aWorker('RIDES', 'match', {
        latencyMs: { p50: 2, p99: 20 },
        handlingMs: { p50: 1, p99: 2 },
      }),
    ],
  },
);
const CHOICE: RowChoice = { sort: 'lag', reversed: false, filter: '', collapsed: new Set() };
const keys = (choice: Partial<RowChoice>) =>
  rowsOf(STANDING, { ...CHOICE, ...choice }).map(({ key }) => key);

describe('rows', () => {
  it('are streams by their sums, each followed by its consumers, the largest first', () => {
    expect(keys({})).toEqual([
      'ORDERS',
      'ORDERS mail',
      'ORDERS billing',
      'RIDES',
      'RIDES match',
      'AUDIT',
    ]);
    expect(keys({ sort: 'pending' })[0]).toBe('RIDES');
    expect(keys({ sort: 'p99' }).slice(0, 2)).toEqual(['RIDES', 'RIDES match']);
    expect(keys({ sort: 'p50' })[0]).toBe('ORDERS');
    expect(keys({ sort: 'handling' })[0]).toBe('RIDES');
    expect(keys({ sort: 'name' })[0]).toBe('AUDIT');
    expect(keys({ sort: 'name', reversed: true })).toEqual([
      'RIDES',
      'RIDES match',
      'ORDERS',
      'ORDERS mail',
      'ORDERS billing',
      'AUDIT',
    ]);
  });

  it('leave out the consumers of streams that are folded', () => {
    expect(keys({ collapsed: new Set(['ORDERS']) })).toEqual([
      'ORDERS',
      'RIDES',
      'RIDES match',
      'AUDIT',
    ]);
  });

  it('keep what a filter names: a stream with all its consumers, or single ones', () => {
    expect(keys({ filter: 'ord' })).toEqual(['ORDERS', 'ORDERS mail', 'ORDERS billing']);
    expect(keys({ filter: 'MA' })).toEqual(['ORDERS', 'ORDERS mail', 'RIDES', 'RIDES match']);
    expect(keys({ filter: 'nothing' })).toEqual([]);
  });
});
