import { describe, expect, it } from 'vitest';
import { hashOf, parseRoute } from './route.ts';

describe('the address of a place', () => {
  it('comes back as it was written, whatever a name holds', () => {
    const path = ['ORDERS', 'a/b?c#d %'];
    const query = { subject: 'orders.>', q: 'x&y=z' };
    expect(parseRoute(hashOf('streams', path, query))).toEqual({ view: 'streams', path, query });
  });

  it('leaves out what is not set', () => {
    expect(hashOf('messages', ['ORDERS', 12], { subject: '', seq: null })).toBe(
      '#/messages/ORDERS/12',
    );
  });

  it('is the overview where it says nothing known', () => {
    for (const hash of ['', '#', '#/', '#/nowhere/x', '#/%E0%A4%A']) {
      expect(parseRoute(hash)).toEqual({ view: 'overview', path: [], query: {} });
    }
  });
});
