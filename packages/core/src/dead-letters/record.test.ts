import { JetlaneError } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../bus.ts';
import { toDeadLetter } from './dead-letter.ts';
import { fromHeaderText, RECORD_HEADERS, toHeaderText, toRecord } from './record.ts';

const billing = { name: 'billing', stream: { name: 'ORDERS' }, deadLetter: 'DLQ' as const };

function delivery(headers: Record<string, string>, more: Partial<Delivery> = {}): Delivery {
  return {
    subject: 'orders.placed.1',
    payload: new Uint8Array([1, 2, 3]),
    seq: 7,
    deliveryCount: 3,
    timeMs: Date.UTC(2026, 0, 2),
    pending: 0,
    header: (name) => headers[name],
    headers: () => headers,
    ack() {},
    nak() {},
    working() {},
    term() {},
    ...more,
  };
}

const burial = {
  reason: 'attempts-exhausted' as const,
  error: new Error('card declined'),
  attempt: 5,
  nowMs: Date.UTC(2026, 0, 3),
};

describe('a dead letter', () => {
  it('holds the original bytes and headers and tells what happened', () => {
    const record = toRecord(delivery({ 'ce-id': 'o-1', tenant: 'a' }), billing, burial);
    expect(record).toEqual({
      id: `ORDERS:7:billing:${Date.UTC(2026, 0, 2)}`,
      subject: '_jl.dlq.ORDERS.billing',
      payload: new Uint8Array([1, 2, 3]),
      headers: {
        'ce-id': 'o-1',
        tenant: 'a',
        'Nats-Msg-Id': `ORDERS:7:billing:${Date.UTC(2026, 0, 2)}`,
        'jl-reason': 'attempts-exhausted',
        'jl-error': 'card declined',
        'jl-error-code': 'HANDLER_FAILED',
        'jl-error-name': 'Error',
        'jl-attempts': '5',
        'jl-stream': 'ORDERS',
        'jl-seq': '7',
        'jl-subject': 'orders.placed.1',
        'jl-durable': 'billing',
        'jl-time': '2026-01-02T00:00:00.000Z',
        'jl-buried-at': '2026-01-03T00:00:00.000Z',
      },
    });
  });

  it('drops headers that the server would act on, and keeps the original id aside', () => {
    const { headers } = toRecord(
      delivery({
        'Nats-Msg-Id': 'o-1',
        'Nats-TTL': '1s',
        'Nats-Expected-Last-Sequence': '3',
        'Nats-Rollup': 'sub',
        'Nats-Schedule': '@at 2026-01-01T00:00:00Z',
      }),
      billing,
      burial,
    );
    expect(Object.keys(headers).filter((name) => /^nats-/i.test(name))).toEqual(['Nats-Msg-Id']);
    expect(headers['jl-msg-id']).toBe('o-1');
  });

  it('names the original subject of a replay that failed again, and forgets the earlier burial', () => {
    const again = delivery(
      { 'jl-reason': 'old', 'jl-msg-id': 'first', 'Nats-Msg-Id': 'replay:billing:7:1' },
      { subject: '_jl.ORDERS.billing.orders.placed.1' },
    );
    const { headers } = toRecord(again, billing, burial);
    expect(headers).toMatchObject({
      'jl-subject': 'orders.placed.1',
      'jl-reason': 'attempts-exhausted',
      'jl-msg-id': 'first',
    });
  });

  it.each([
    [new JetlaneError('DECODE_FAILED', 'bad bytes'), 'DECODE_FAILED', 'JetlaneError', 'bad bytes'],
    ['just text', 'HANDLER_FAILED', 'string', 'just text'],
    [undefined, 'HANDLER_FAILED', 'undefined', ''],
    [Object.create(null), 'HANDLER_FAILED', 'object', 'an error that cannot be shown'],
    [new (class CardDeclined extends Error {})('no'), 'HANDLER_FAILED', 'CardDeclined', 'no'],
    [new TypeError(''), 'HANDLER_FAILED', 'TypeError', 'TypeError'],
  ])('describes whatever was thrown: %#', (error, code, name, words) => {
    const { headers } = toRecord(delivery({}), billing, { ...burial, error });
    expect(headers).toMatchObject({
      [RECORD_HEADERS.errorCode]: code,
      [RECORD_HEADERS.errorName]: name,
      [RECORD_HEADERS.error]: words,
    });
  });

  it('fits the limit of the server: first without foreign headers, then without the body', () => {
    const large = delivery({ a: 'x'.repeat(500) }, { payload: new Uint8Array(1_000) });
    const bare = toRecord(large, billing, { ...burial, maxBytes: 1_600 });
    expect(bare.headers).not.toHaveProperty('a');
    expect(bare.payload.length).toBe(1_000);
    const empty = toRecord(large, billing, { ...burial, maxBytes: 800 });
    expect(empty.payload.length).toBe(0);
    expect(empty.headers['jl-truncated']).toBe('1000');
  });
});

describe('header text', () => {
  it.each([
    ['two\r\nlines', 'two lines'],
    ['100%', '100%25'],
    ['zażółć', 'za%C5%BC%C3%B3%C5%82%C4%87'],
    ['\u0000\u001b[31m', '%00%1B[31m'],
    ['half \ud800 pair', 'half %EF%BF%BD pair'],
  ])('of %j is %j', (text, expected) => expect(toHeaderText(text)).toBe(expected));

  it('is at most 1,000 characters and never ends inside an encoded one', () => {
    const text = toHeaderText('ż'.repeat(2_000));
    expect(text.length).toBeLessThanOrEqual(1_000);
    expect(fromHeaderText(text)).toMatch(/^ż+$/);
  });

  it('that was never encoded comes back as it is', () =>
    expect(fromHeaderText('50% off')).toBe('50% off'));
});

it('counts that are none are read as 0', () => {
  const headers = { 'jl-seq': 'x', 'jl-attempts': '-1', 'jl-truncated': '1e400' };
  const record = {
    seq: 1,
    subject: '_jl.dlq.S.w',
    headers,
    payload: new Uint8Array(0),
    time: new Date(0),
  };
  expect(toDeadLetter(record)).toMatchObject({ streamSeq: 0, attempts: 0, truncatedBytes: 0 });
});
