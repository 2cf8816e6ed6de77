import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { catalog } from './catalog.ts';
import type { AnyDefinition } from './check.ts';
import { type Codec, defaultLimits, type EncodedMessage } from './codec.ts';
import { type DecodeOptions, decodeMessage, type RawMessage } from './decode.ts';
import { event } from './definition.ts';
import { encodeMessage } from './encode.ts';
import { isJetlaneError } from './error.ts';
import { json } from './json.ts';
import type { Message } from './message.ts';
import { msgpack } from './msgpack.ts';
import type { Outgoing } from './outgoing.ts';

const V1 = z.object({ orderId: z.string(), total: z.number() });
const V2 = V1.extend({ currency: z.string() });
const V3 = V2.extend({ lines: z.array(z.string()) });
const First = event('OrderPlaced', { subject: 'orders.placed.{orderId}', schema: V1 });
const Second = First.upcast(V2, (old) => ({ ...old, currency: 'EUR' }));
const Third = Second.upcast(V3, (old) => ({ ...old, lines: [old.currency] }));
const data = { orderId: 'o-1', total: 42 };

const failure = (code: string, words: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(words) });
const always: DecodeOptions = { validate: 'always', limits: defaultLimits };
const foreign: DecodeOptions = { validate: 'foreign', limits: defaultLimits };

function received(
  subject: string,
  headers: Record<string, string>,
  payload: Uint8Array,
): RawMessage {
  return {
    subject,
    payload,
    seq: 7,
    attempt: 2,
    timeMs: 1_700_000_000_000,
    header: (name) => headers[name],
    headers: () => ({ ...headers }),
  };
}

function wire(message: Outgoing, codec: Codec = msgpack, source = 'shop é'): RawMessage {
  const encoded = encodeMessage(message, { codec, source, nowMs: 0 }) as EncodedMessage;
  return received(encoded.subject, { ...encoded.headers }, encoded.payload);
}

function read(raw: RawMessage, definitions: AnyDefinition[] = [First], options = always): Message {
  return decodeMessage(catalog(definitions), raw, options) as Message;
}

describe('decodeMessage', () => {
  test.each([msgpack, json])('gives back what was published by $contentType', (codec) => {
    const message = read(wire(First(data, { id: '50%', headers: { a: '1%41' } }), codec));
    expect(message).toMatchObject({
      id: '50%',
      type: 'OrderPlaced',
      data,
      params: { orderId: 'o-1' },
      subject: 'orders.placed.o-1',
      seq: 7,
      attempt: 2,
      time: new Date(1_700_000_000_000),
    });
    expect(message.headers).toMatchObject({ 'ce-id': '50%', 'ce-source': 'shop é', a: '1%41' });
    expect(JSON.parse(JSON.stringify(message))).toMatchObject({
      id: '50%',
      params: { orderId: 'o-1' },
    });
  });

  test('reads schemas of any library', () => {
    const A = event('A', { subject: 'a.{id}', schema: v.object({ id: v.string() }) });
    const B = event('B', { subject: 'b.{id}', schema: type({ id: 'string' }) });
    expect(read(wire(A({ id: '1' })), [A, B]).data).toEqual({ id: '1' });
    expect(read(wire(B({ id: '2' })), [A, B]).data).toEqual({ id: '2' });
    expect(() =>
      read({ ...wire(B({ id: '2' })), payload: msgpack.encode({}) }, [A, B]),
    ).toThrowError(failure('VALIDATION_FAILED', /data\.id|id must be/));
  });

  test('brings every older version up to date, step by step', () => {
    expect(read(wire(First(data)), [Third]).data).toEqual({
      ...data,
      currency: 'EUR',
      lines: ['EUR'],
    });
    const second = Second({ ...data, currency: 'USD' });
    expect(read(wire(second), [Third]).data).toMatchObject({ currency: 'USD', lines: ['USD'] });
    const third = { ...data, currency: 'USD', lines: [] };
    expect(read(wire(Third(third)), [Third], foreign).data).toEqual(third);
  });

  test('validates an old message in its own version, and what migrate makes of it', () => {
    const raw = { ...wire(First(data)), payload: msgpack.encode({ orderId: 'o-1' }) };
    expect(() => read(raw, [Third])).toThrowError(
      failure('VALIDATION_FAILED', /OrderPlaced version 1 does not match[\s\S]*data\.total/),
    );
    const Wrong = First.upcast(V2, (old) => old as never);
    expect(() => read(wire(First(data)), [Wrong])).toThrowError(
      failure('VALIDATION_FAILED', /OrderPlaced does not match[\s\S]*data\.currency/),
    );
    const Throws = First.upcast(V2, () => {
      throw new Error('boom');
    });
    expect(() => read(wire(First(data)), [Throws])).toThrowError(
      failure('VALIDATION_FAILED', /migrating OrderPlaced from version 1 to 2 threw: boom/),
    );
  });

  test("validate 'foreign' trusts only this type in its latest version", () => {
    const payload = msgpack.encode({ nonsense: true });
    const own = { ...wire(First(data)), payload };
    expect(read(own, [First], foreign).data).toEqual({ nonsense: true });
    expect(() => read(own, [First], always)).toThrowError(failure('VALIDATION_FAILED', /total/));
    expect(() => read(own, [Second], foreign)).toThrowError(failure('VALIDATION_FAILED', /total/));
    const plain = received('orders.placed.o-1', {}, payload);
    expect(() => read(plain, [First], foreign)).toThrowError(failure('VALIDATION_FAILED', /total/));
  });

  test('types foreign messages by their subject, as version 1', () => {
    const plain = received('orders.placed.o-9', {}, json.encode(data));
    const message = read(plain, [Second]);
    expect(message).toMatchObject({ type: 'OrderPlaced', id: 'orders.placed.o-9:7' });
    expect(message.data).toEqual({ ...data, currency: 'EUR' });
    expect(message.params).toEqual({ orderId: 'o-9' });
    const withId = received('orders.placed.o-9', { 'Nats-Msg-Id': 'x' }, msgpack.encode(data));
    expect(read(withId).id).toBe('x');
    const cloudEvent = {
      'ce-type': 'OrderPlaced',
      'ce-dataschema': 'https://x/y',
      'ce-id': 'a%20b',
    };
    expect(read(received('elsewhere', cloudEvent, json.encode(data)))).toMatchObject({
      id: 'a b',
      params: { orderId: 'o-1' },
    });
  });

  test('takes the codec from the content type', () => {
    const types = ['application/json; charset=utf-8', 'Application/JSON', 'application%2Fjson'];
    for (const contentType of types) {
      const raw = received('orders.placed.o-1', { 'content-type': contentType }, json.encode(data));
      expect(read(raw).data).toEqual(data);
    }
    const raw = (contentType: string) =>
      received('orders.placed.o-1', { 'ce-datacontenttype': contentType }, msgpack.encode(data));
    expect(read(raw('application/x-msgpack')).data).toEqual(data);
    expect(() => read(raw('text/plain'))).toThrowError(
      failure(
        'DECODE_FAILED',
        /no codec reads content type "text\/plain"; known: application\/msgpack/,
      ),
    );
    const custom: Codec = { ...msgpack, contentType: 'text/plain' };
    expect(read(raw('text/plain'), [First], { ...always, codecs: [custom] }).data).toEqual(data);
    const broken: Codec = {
      ...custom,
      decode: () => {
        throw new Error('boom');
      },
    };
    expect(() => read(raw('text/plain'), [First], { ...always, codecs: [broken] })).toThrowError(
      failure('DECODE_FAILED', /as text\/plain: boom/),
    );
  });

  test('says which types and versions are unknown', () => {
    const Other = event('Other', {
      subject: 'orders.{what}.{orderId}',
      schema: V1.extend({ what: z.string() }),
    });
    expect(() => read(wire(First(data)), [Other])).toThrowError(
      failure('TYPE_UNKNOWN', /type "OrderPlaced" is not defined here; known types: Other/),
    );
    expect(() => read(wire(Third({ ...data, currency: 'x', lines: [] })), [First])).toThrowError(
      failure('TYPE_UNKNOWN', /version 3 is newer than version 1/),
    );
    expect(() => read(received('cards.x', {}, json.encode(data)))).toThrowError(
      failure('TYPE_UNKNOWN', /fits no message that is defined here/),
    );
    expect(() =>
      read(received('orders.placed.x', {}, json.encode(data)), [First, Other]),
    ).toThrowError(
      failure('TYPE_UNKNOWN', /fits OrderPlaced, Other: the publisher must send ce-type/),
    );
    for (const name of ['jetlane:Other/1', 'jetlane:OrderPlaced/0', 'jetlane:OrderPlaced']) {
      const raw = received(
        'x',
        { 'ce-type': 'OrderPlaced', 'ce-dataschema': name },
        json.encode(data),
      );
      expect(() => read(raw)).toThrowError(failure('TYPE_UNKNOWN', /must be jetlane:OrderPlaced/));
    }
  });

  test('waits for schemas that validate asynchronously, in every step', async () => {
    const slow = V1.refine(async () => true);
    const Slow = event('Slow', { subject: 's.{orderId}', schema: slow }).upcast(
      V2.refine(async (order) => order.currency !== 'XXX'),
      (old) => ({ ...old, currency: old.total === 0 ? 'XXX' : 'EUR' }),
    );
    const raw = (total: number) =>
      received('s.o-1', { 'ce-type': 'Slow' }, json.encode({ ...data, total }));
    const pending = decodeMessage(catalog([Slow]), raw(1), always);
    expect(pending).toBeInstanceOf(Promise);
    expect((await pending).data).toMatchObject({ currency: 'EUR' });
    await expect(decodeMessage(catalog([Slow]), raw(0), always)).rejects.toThrowError(
      failure('VALIDATION_FAILED', /Slow does not match/),
    );
  });

  test('throws nothing but JetlaneErrors, whatever arrives', () => {
    const known = catalog([Third]);
    const name = fc.constantFrom('ce-type', 'ce-dataschema', 'ce-datacontenttype', 'ce-id');
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('OrderPlaced', 'jetlane:OrderPlaced/1', 'jetlane:OrderPlaced/3', '%E0%A4%A'),
      fc.constantFrom('application/json', 'application/msgpack'),
    );
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    const subject = fc.oneof(fc.string(), fc.constant('orders.placed.o-1'));
    fc.assert(
      fc.property(subject, fc.dictionary(name, value), payload, (where, headers, bytes) => {
        try {
          const message = decodeMessage(known, received(where, headers, bytes), foreign) as Message;
          void [message.id, message.params, message.headers, message.time];
        } catch (error) {
          if (!isJetlaneError(error)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('catalog', () => {
  test('takes a definition twice but no type twice', () => {
    expect(catalog([First, First]).definitions).toEqual([First]);
    expect(() => catalog([First, Second, 5 as never])).toThrowError(
      failure(
        'CONFIG_INVALID',
        /2 problems:[\s\S]*type "OrderPlaced" is defined twice[\s\S]*5 is no event/,
      ),
    );
  });
});
