import { describe, expect, it } from 'vitest';
import type { ConsumerRow, StreamRow } from '../../src/wire.ts';
import { concernsOf, lookedAt, workedFor } from './concerns.ts';

const nobody = { name: 'billing', stream: 'ORDERS', kind: 'worker', attention: 'nobody pulls' };
const guard = { ...nobody, name: 'guard', kind: 'guard', attention: null };
const paused = { ...nobody, name: 'mail', attention: null, paused: { untilMs: null } };
const orders = {
  name: 'ORDERS',
  copiesProblem: 'nats-2 is away',
  consumers: [{ ...nobody, paused: null }, paused, { ...guard, paused: null }],
} as unknown as StreamRow;

describe('what asks for attention', () => {
  it('is dead letters, then copies that are away, then consumers', () => {
    const deadLetters = [
      { name: 'DLQ', count: 2, exact: true },
      { name: 'OLD', count: 3, exact: false },
      { name: 'EMPTY', count: 0, exact: true },
    ];
    const found = concernsOf({ streams: [orders], deadLetters });
    expect(found.map(({ where, what }) => `${where}: ${what}`)).toEqual([
      'DLQ: 2 dead letters',
      'OLD: up to 3 dead letters',
      'ORDERS: nats-2 is away',
      'ORDERS / billing: nobody pulls',
      'ORDERS / mail: paused',
    ]);
  });

  it('is nothing of a consumer that nobody works for', () => {
    const names = workedFor({ streams: [orders] }).map(({ name }: ConsumerRow) => name);
    expect(names).toEqual(['billing', 'mail']);
  });

  it('is unknown where not everything could be read', () => {
    const all = { gaps: [], streams: [orders], streamsTotal: 1 };
    const gap = { what: 'consumers of ORDERS', code: 'PERMISSION_DENIED', words: 'may not' };
    expect(lookedAt(all)).toBeNull();
    expect(lookedAt({ ...all, gaps: [gap] })).toContain('in what could be read');
    expect(lookedAt({ ...all, streamsTotal: 1234 })).toBe('in the first 1 of 1,234 streams');
  });
});
