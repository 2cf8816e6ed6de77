import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Codec, EncodedMessage } from './codec.ts';
import { event } from './definition.ts';
import { type EncodeContext, encodeMessage } from './encode.ts';
import { json } from './json.ts';
import { msgpack } from './msgpack.ts';
import type { Outgoing } from './outgoing.ts';
import { wireHead } from './wire-head.ts';

const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string().trim(), total: z.number() }),
});
const data = { orderId: 'o-1', total: 42 };
const context: EncodeContext = { codec: msgpack, source: 'shop', nowMs: 1_700_000_000_123 };
const encode = (message: Outgoing = OrderPlaced(data), more: Partial<EncodeContext> = {}) =>
  encodeMessage(message, { ...context, ...more }) as EncodedMessage;
const failure = (code: string, words: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(words) });

describe('encodeMessage', () => {
  test('writes the CloudEvents headers, and the id twice', () => {
    const encoded = encode(OrderPlaced(data, { id: 'id-1' }));
    expect(encoded.headers).toEqual({
      'Nats-Msg-Id': 'id-1',
      'ce-specversion': '1.0',
      'ce-id': 'id-1',
      'ce-type': 'OrderPlaced',
      'ce-source': 'shop',
      'ce-time': '2023-11-14T22:13:20.123Z',
      'ce-datacontenttype': 'application/msgpack',
      'ce-dataschema': 'jetlane:OrderPlaced/1',
      'ce-correlationid': 'id-1',
    });
    expect(encoded.id).toBe('id-1');
    expect(encoded.subject).toBe('orders.placed.o-1');
    expect(msgpack.decode(encoded.payload)).toEqual(data);
  });

  test('checks an id that was put into a copy', () => {
    const copy = { ...OrderPlaced(data), id: 'a\r\nNats-Rollup: all' };
    expect(() => encode(copy)).toThrow(failure('VALIDATION_FAILED', /id must be/));
    expect(encode({ ...OrderPlaced(data), id: 'mine' }).id).toBe('mine');
  });

  test('writes the type of each message, also of a copy', () => {
    const copy = { ...OrderPlaced(data), type: 'OrderMoved' };
    expect(wireHead(encode(copy))).toContain('ce-type: OrderMoved\r\n');
    expect(wireHead(encode())).toContain('ce-type: OrderPlaced\r\n');
  });

  test('only what the schema puts out travels, also in the subject', () => {
    const encoded = encode(OrderPlaced({ orderId: ' o-2 ', total: 1, extra: true } as never));
    expect(encoded.subject).toBe('orders.placed.o-2');
    expect(msgpack.decode(encoded.payload)).toEqual({ orderId: 'o-2', total: 1 });
  });

  test('adds what the context and the caller give', () => {
    const message = OrderPlaced(data, { ttl: '1500ms', headers: { 'x-tenant': 'acme' } });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const given = { id: 'ORDERS:7:0', correlationId: 'c 1', causationId: 'é', traceparent };
    expect(encode(message, { ...given, tracestate: 'a=b' }).headers).toMatchObject({
      'Nats-Msg-Id': 'ORDERS:7:0',
      'ce-id': 'ORDERS:7:0',
      'ce-correlationid': 'c%201',
      'ce-causationid': '%C3%A9',
      traceparent,
      tracestate: 'a=b',
      'Nats-TTL': '2s',
      'x-tenant': 'acme',
    });
  });

  test('percent-encodes what CloudEvents asks for, and leaves out broken trace context', () => {
    const { headers } = encode(OrderPlaced(data, { id: '50%"x"' }), {
      source: 'shop "é"\ud800',
      traceparent: 'a\r\nb',
    });
    expect(headers['Nats-Msg-Id']).toBe('50%"x"');
    expect(headers['ce-id']).toBe('50%25%22x%22');
    expect(headers['ce-source']).toBe('shop%20%22%C3%A9%22%EF%BF%BD');
    expect(headers).not.toHaveProperty('traceparent');
  });

  test('lists path and words of every schema issue', () => {
    const bad = OrderPlaced({ orderId: 1, total: 'x' } as never);
    expect(() => encode(bad)).toThrowError(
      failure(
        'VALIDATION_FAILED',
        /^OrderPlaced does not match[\s\S]*data\.orderId: [\s\S]*data\.total: /,
      ),
    );
    expect(() => encode(bad)).toThrowError(
      expect.objectContaining({ cause: [expect.anything(), expect.anything()] }),
    );
  });

  test('refuses a token that would break the subject', () => {
    expect(() => encode(OrderPlaced({ ...data, orderId: 'a.b' }))).toThrowError(
      failure('SUBJECT_INVALID', /token \{orderId\}.*not "a\.b"/),
    );
  });

  test.each(['', 'a b', 'é', 'a\n', 'x'.repeat(257), 5 as unknown as string])(
    'refuses the id %j',
    (id) => {
      expect(() => encode(OrderPlaced(data, { id }))).toThrowError(
        failure('VALIDATION_FAILED', /id must be 1 to 256 printable ASCII/),
      );
    },
  );

  test.each([
    [{ headers: { 'Nats-Rollup': 'all' } }, /reserved/],
    [{ headers: { 'CE-id': 'x' } }, /reserved/],
    [{ headers: { 'jl-x': 'x' } }, /reserved/],
    [{ headers: { 'a b': 'x' } }, /header name "a b"/],
    [{ headers: { '': 'x' } }, /header name ""/],
    [{ headers: { a: 'x\r\nNats-TTL: 1' } }, /header "a" must be printable ASCII/],
    [{ headers: { a: ' x' } }, /header "a" must be printable ASCII/],
    [{ headers: { a: 5 } }, /header "a" must be printable ASCII/],
    [{ ttl: '5' }, /ttl must be a positive duration/],
    [{ ttl: '500ms' }, /ttl must be at least '1s'/],
    [{ delay: '5' }, /delay must be a positive duration/],
    [{ delay: '0s' }, /delay must be a positive duration/],
    [{ delay: '100000d' }, /delay "100000d" is later than a server can count/],
    [{ at: new Date(Number.NaN) }, /at must be a valid Date, not an invalid one/],
    [{ at: '2026-11-20' }, /at must be a valid Date, not "2026-11-20"/],
    [{ at: new Date('2999-01-01') }, /at 2999-01-01T00:00:00.000Z is later than a server can/],
    [{ delay: '1s', at: new Date() }, /give delay or at, not both/],
  ])('refuses the options %j', (options, words) => {
    expect(() => encode(OrderPlaced(data, options as never))).toThrowError(
      failure('VALIDATION_FAILED', words),
    );
  });

  test.each([
    ['a delay', { delay: '1500ms' }],
    ['a date', { at: new Date(context.nowMs + 1_500) }],
  ] as const)('%s makes the server keep a message until then, whatever its age', (_, options) => {
    const { subject, headers } = encode(OrderPlaced(data, { ...options, ttl: '5s' }));
    expect(subject).toBe('orders.placed.o-1');
    expect(headers).toMatchObject({
      'Nats-Schedule': `@at ${new Date(context.nowMs + 1_500).toISOString()}`,
      'Nats-Schedule-Target': 'orders.placed.o-1',
      'Nats-Schedule-TTL': '5s',
      'Nats-TTL': 'never',
    });
  });

  test('a date in the past means now', () => {
    const { headers } = encode(OrderPlaced(data, { at: new Date(context.nowMs), ttl: '5s' }));
    expect(headers).not.toHaveProperty('Nats-Schedule');
    expect(headers['Nats-TTL']).toBe('5s');
  });

  test('refuses a message larger than the server takes, headers included', () => {
    const { payload, headers } = encode();
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const size = `NATS/1.0\r\n${lines.join('')}\r\n`.length + payload.length;
    const message = OrderPlaced(data);
    expect(encode(message, { maxPayload: size }).subject).toBe('orders.placed.o-1');
    expect(() => encode(message, { maxPayload: size - 1 })).toThrowError(
      failure('MESSAGE_TOO_LARGE', new RegExp(`has ${size} bytes .* at most ${size - 1}`)),
    );
  });

  test('refuses what a codec cannot write', () => {
    const Any = event('Any', { subject: 'any', schema: z.any() });
    expect(() => encode(Any({ n: 1n }), { codec: json })).toThrowError(
      failure('VALIDATION_FAILED', /^Any cannot be written as application\/json: data\.n is 1n/),
    );
    const broken: Codec = {
      contentType: 'x/y',
      encode: () => 'text' as never,
      decode: () => null,
    };
    expect(() => encode(Any(1), { codec: broken })).toThrowError(
      failure('VALIDATION_FAILED', /must return a Uint8Array, not "text"/),
    );
  });

  test('refuses options of a message that are none, before anything is sent', () => {
    const misspelt = OrderPlaced({ orderId: 'o-1', total: 1 }, {
      ttll: '5s',
      priority: 1,
    } as never);
    expect(() => encodeMessage(misspelt, context)).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /^what OrderPlaced\(\.\.\.\) was given has 2 problems:[\s\S]*ttll is no option: did you mean ttl\?[\s\S]*priority is no option: options are id, delay, at, ttl/,
        ),
      }),
    );
  });

  test('refuses what no definition built', () => {
    expect(() => encode({ type: 'OrderPlaced', data } as never)).toThrowError(
      failure('VALIDATION_FAILED', /only messages can be published/),
    );
  });

  test('waits for a schema that validates asynchronously', async () => {
    const Slow = event('Slow', {
      subject: 'slow.{id}',
      schema: z.object({ id: z.string().refine(async (id) => id !== 'bad') }),
    });
    const pending = encodeMessage(Slow({ id: 'x' }), context);
    expect(pending).toBeInstanceOf(Promise);
    expect((await pending).subject).toBe('slow.x');
    await expect(encodeMessage(Slow({ id: 'bad' }), context)).rejects.toThrowError(
      failure('VALIDATION_FAILED', /data\.id/),
    );
    await expect(encodeMessage(Slow({ id: 'a b' }), context)).rejects.toThrowError(
      failure('SUBJECT_INVALID', /token/),
    );
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      /the schema of Odd threw: boom/,
    ],
    ['rejects', () => Promise.reject(new Error('boom')), /the schema of Odd threw: boom/],
    ['returns nothing', () => undefined, /returned undefined instead/],
  ])('says so when a schema %s', async (_, validate, words) => {
    const schema = { '~standard': { version: 1, vendor: 'test', validate } };
    const Odd = event('Odd', { subject: 'odd', schema: schema as never });
    await expect(async () => encodeMessage(Odd({} as never), context)).rejects.toThrowError(
      failure('VALIDATION_FAILED', words),
    );
  });
});

describe('wireHead', () => {
  const parsed = (head: string | undefined) => {
    expect(head).toMatch(/^NATS\/1\.0\r\n[ -~\r\n]*\r\n\r\n$/);
    const lines = (head as string).split('\r\n').slice(1, -2);
    return Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
  };

  test('is the headers as they travel, whatever a message has', () => {
    const word = fc.stringMatching(/^[!-~]{1,20}$/);
    const options = fc.record(
      {
        id: word,
        ttl: fc.constant('5s' as const),
        headers: fc.dictionary(fc.stringMatching(/^(x-[a-z]{1,5}|[0-9]{1,3})$/), word),
      },
      { requiredKeys: [] },
    );
    const surroundings = fc.record(
      {
        source: fc.string({ unit: 'grapheme', minLength: 1 }),
        correlationId: word,
        causationId: fc.string({ minLength: 1 }),
        traceparent: word,
        tracestate: word,
        nowMs: fc.integer({ min: 0, max: 4e12 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, surroundings, (given, around) => {
        const encoded = encode(OrderPlaced(data, given), around);
        expect(parsed(wireHead(encoded))).toEqual(encoded.headers);
      }),
    );
  });

  test('follows the source and the codec that a message is published with', () => {
    const a = encode(OrderPlaced(data), { source: 'a' });
    const b = encode(OrderPlaced(data), { source: 'b', codec: json });
    expect(parsed(wireHead(a))).toMatchObject({ 'ce-source': 'a' });
    expect(parsed(wireHead(b))).toMatchObject({
      'ce-source': 'b',
      'ce-datacontenttype': 'application/json',
    });
  });

  test('is not there where a codec has a name that is not ASCII, nor in a copy of a message', () => {
    const odd: Codec = { ...json, contentType: 'text/größe' };
    expect(wireHead(encode(OrderPlaced(data), { codec: odd }))).toBeUndefined();
    const written = encode();
    expect(wireHead(written)).toBeDefined();
    expect(wireHead({ ...written, headers: {} })).toBeUndefined();
  });
});
