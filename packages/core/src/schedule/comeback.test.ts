import { describe, expect, it } from 'vitest';
import { originalHeader, originalHeaders, originOf, toComeback } from './comeback.ts';

const worker = { stream: 'ORDERS', durable: 'billing' };
const dueMs = Date.UTC(2026, 10, 20, 22, 36, 58, 929);

function message(headers: Record<string, string> = {}, attempt = 2) {
  return {
    subject: 'orders.placed.o-1',
    payload: new Uint8Array([1, 2]),
    seq: 7,
    timeMs: dueMs - 60_000,
    attempt,
    headers: () => headers,
  };
}

describe('a message that is to come back', () => {
  it('waits on a subject and under an id made of worker, position and attempt', () => {
    const comeback = toComeback(message({ 'ce-id': 'x', tenant: 'a' }), worker, dueMs);
    expect(comeback).toEqual({
      id: 'billing:7:2',
      subject: '_jl.ORDERS.sched.billing.7.2',
      payload: new Uint8Array([1, 2]),
      headers: {
        'ce-id': 'x',
        tenant: 'a',
        'jl-attempt': '2',
        'jl-origin-seq': '7',
        'jl-origin-time': String(dueMs - 60_000),
        'Nats-Msg-Id': 'billing:7:2',
        'Nats-Schedule': '@at 2026-11-20T22:36:58.929Z',
        'Nats-Schedule-Target': '_jl.ORDERS.billing.orders.placed.o-1',
        'Nats-TTL': 'never',
      },
    });
  });

  it('is then what it was, headers of the server included', () => {
    const original = { 'Nats-Msg-Id': 'm', 'nats-odd': '1', 'Nats-TTL': '100s', 'ce-id': 'x' };
    const { headers } = toComeback(message(original), worker, dueMs) as {
      headers: Record<string, string>;
    };
    // What the server makes of it when it is due.
    const { 'Nats-Msg-Id': _, 'Nats-TTL': __, ...rest } = headers;
    const fired: Record<string, string> = { ...rest, 'Nats-Scheduler': 's', 'Nats-TTL': '40s' };
    const header = (name: string) => fired[name];
    expect(originalHeaders(fired)).toEqual(original);
    expect(originalHeader(header, 'Nats-Msg-Id')).toBe('m');
    expect(originalHeader(header, 'ce-id')).toBe('x');
    expect(originalHeader(header, 'Nats-Scheduler')).toBeUndefined();
    expect(originalHeader(header, 'jl-attempt')).toBeUndefined();
    expect(originOf(header)).toEqual({ seq: 7, timeMs: dueMs - 60_000, attempts: 2 });
  });

  it('lives as long as it would have, and does not come back when that is over', () => {
    const left = toComeback(message({ 'Nats-TTL': '100s' }), worker, dueMs);
    expect(left?.headers['Nats-Schedule-TTL']).toBe('40s');
    expect(toComeback(message({ 'Nats-TTL': '1m' }), worker, dueMs)).toBeUndefined();
    const forever = toComeback(message({ 'Nats-TTL': 'never' }), worker, dueMs);
    expect(forever?.headers).not.toHaveProperty('Nats-Schedule-TTL');
  });
});

it.each([
  {},
  { 'jl-origin-seq': '7' },
  { 'jl-origin-seq': '-1', 'jl-attempt': '1' },
  { 'jl-origin-seq': 'x', 'jl-attempt': '1' },
  { 'jl-origin-seq': '7', 'jl-attempt': '1.5' },
])('a message with %j never waited', (headers) => {
  expect(originOf((name) => (headers as Record<string, string>)[name])).toBeUndefined();
});
