import type { Msg } from '@nats-io/nats-core';
import {
  type Dispatcher,
  type MsgArg,
  MsgImpl,
  Parser,
  type ParserEvent,
} from '@nats-io/nats-core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ControlLine } from './control-line.ts';
import { FamiliarHeads } from './familiar-heads.ts';
import { isDelivery, NatsDelivery, toAround } from './nats-delivery.ts';
import { OwnMsg } from './own-msg.ts';

const SHORT = '$JS.ACK.ORDERS.billing.3.4294967297.12.1764000000123456789.42';
const LONG = '$JS.ACK.hub.ACC123.ORDERS.billing.3.4294967297.12.1764000000123456789.42.x7Kq';
const BLOCK =
  'NATS/1.0\r\nce-type:Placed\r\nce-id: a:1 \r\nname:é\r\nce-type: Other\r\nfoo bar:x\r\n\r\n';

function frame(reply: string, block = BLOCK, payload = '{"a":1}'): Buffer {
  const length = Buffer.byteLength(block);
  const all = length + Buffer.byteLength(payload);
  const line =
    length === 0
      ? `MSG orders.placed 1 ${reply} ${all}`
      : `HMSG orders.placed 1 ${reply} ${length} ${all}`;
  return Buffer.from(`${line}\r\n${block}${payload}\r\n`);
}

/** A message as it is read from the wire. */
function received(...parts: Parameters<typeof frame>): Msg {
  const bytes = frame(...parts);
  const line = new ControlLine();
  line.read(bytes, 0);
  return new OwnMsg(bytes, line, undefined as never) as Msg;
}

/** The same, as the NATS client of this version reads it. */
function readByClient(...parts: Parameters<typeof frame>): Msg {
  const read: Msg[] = [];
  const dispatcher: Dispatcher<ParserEvent> = {
    push: (event) => {
      const { msg, data } = event as ParserEvent;
      read.push(new MsgImpl(msg as MsgArg, data as Uint8Array, undefined as never) as Msg);
    },
  };
  new Parser(dispatcher).parse(frame(...parts));
  return read[0] as Msg;
}

/** The same, where the NATS client keeps its bytes elsewhere. */
function hidden(msg: Msg): Msg {
  const { subject, reply, headers, data } = msg;
  return { subject, reply, headers, data } as Msg;
}

const around = toAround({ nc: undefined as never });
const delivery = (msg: Msg) => new NatsDelivery(msg, { ...around, heads: new FamiliarHeads() });

describe('a delivery', () => {
  it.each([SHORT, LONG, SHORT])('says where it is in the stream: %s', (reply) => {
    const msg = received(reply);
    expect(isDelivery(msg)).toBe(true);
    expect(delivery(msg)).toMatchObject({
      subject: 'orders.placed',
      seq: 4_294_967_297,
      deliveryCount: 3,
      timeMs: 1_764_000_000_123,
      storedMs: 1_764_000_000_123.456,
      pending: 42,
    });
  });

  it.each([
    ['999999999999999', 999_999_999.999],
    ['1000000000000000000', 1_000_000_000_000],
    ['9223372036854775807', 9_223_372_036_854.775],
  ])('knows the microsecond in which it was stored: %s', (time, storedMs) => {
    const reply = `$JS.ACK.ORDERS.billing.3.7.12.${time}.42`;
    expect(delivery(received(reply)).storedMs).toBeCloseTo(storedMs, 3);
    expect(delivery(received(reply)).timeMs).toBe(Math.floor(storedMs));
  });

  it('reads one header without reading all, and the first value of several', () => {
    const one = delivery(received(SHORT));
    expect(one.header('ce-type')).toBe('Placed');
    expect(one.header('ce-id')).toBe('a:1');
    expect(one.header('name')).toBe('é');
    expect(one.header('foo bar')).toBe('x');
    expect(one.header('type')).toBeUndefined();
    expect(one.header('CE-TYPE')).toBeUndefined();
  });

  it('reads all headers, and the last value of several', () => {
    expect(delivery(received(SHORT)).headers()).toEqual({
      'ce-type': 'Other',
      'ce-id': 'a:1',
      name: 'é',
      'foo bar': 'x',
    });
  });

  it('has no headers where none came', () => {
    const one = delivery(received(SHORT, ''));
    expect(one.header('ce-type')).toBeUndefined();
    expect(one.headers()).toEqual({});
    expect(new TextDecoder().decode(one.payload)).toBe('{"a":1}');
  });

  it.each([
    ['read it', readByClient],
    ['keeps its bytes elsewhere', (reply: string, block: string) => hidden(received(reply, block))],
  ])('reads the same where the NATS client %s', (_, read) => {
    const block = 'NATS/1.0\r\nce-type:Placed\r\nce-id: a:1\r\n\r\n';
    const one = delivery(read(SHORT, block));
    expect(one).toMatchObject({ subject: 'orders.placed', seq: 4_294_967_297, pending: 42 });
    expect(one.header('ce-type')).toBe('Placed');
    expect(one.header('type')).toBeUndefined();
    expect(one.headers()).toEqual({ 'ce-type': 'Placed', 'ce-id': 'a:1' });
  });
});

describe('headers that begin as those of messages before', () => {
  const head = (type: string) =>
    `NATS/1.0\r\nce-type: ${type}\r\nce-datacontenttype: a/b\r\nce-dataschema: jetlane:${type}/1\r\n`;
  const learned = (type: string, heads: FamiliarHeads, rest = 'ce-id: 1\r\n\r\n') => {
    const msg = received(SHORT, `${head(type)}${rest}`);
    new NatsDelivery(msg, { ...around, heads }).header('ce-dataschema');
    return msg;
  };

  it('are known by their first bytes, whatever follows', () => {
    const heads = new FamiliarHeads();
    expect(heads.of(learned('A', heads))?.values.get('ce-type')).toBeUndefined();
    const next = received(SHORT, `${head('A')}ce-id: 2\r\nce-type: late\r\n\r\n`);
    expect(heads.of(next)?.values.get('ce-type')).toBe('A');
    expect(heads.of(next)?.values.get('ce-datacontenttype')).toBe('a/b');
    expect(heads.of(next)?.values.get('ce-id')).toBeUndefined();
    expect(heads.of(received(SHORT, `${head('B')}\r\n`))?.values.get('ce-type')).toBeUndefined();
    expect(heads.of(received(SHORT, 'NATS/1.0\r\n\r\n'))?.values.get('ce-type')).toBeUndefined();
    expect(heads.of(received(SHORT, ''))?.values.get('ce-type')).toBeUndefined();
    expect(heads.of(hidden(next))?.values.get('ce-type')).toBeUndefined();
  });

  it('are known of eight definitions, and of others only after many that were not', () => {
    const heads = new FamiliarHeads();
    const types = [...'ABCDEFGH'];
    for (const type of types) learned(type, heads);
    for (const type of types)
      expect(heads.of(learned(type, heads))?.values.get('ce-type')).toBe(type);
    expect(heads.of(learned('X', heads))?.values.get('ce-type')).toBeUndefined();
    for (let i = 0; i < 256; i++) learned('X', heads);
    expect(heads.of(learned('X', heads))?.values.get('ce-type')).toBe('X');
    const known = types.filter(
      (type) => heads.of(learned(type, heads))?.values.get('ce-type') === type,
    );
    expect(known).toHaveLength(7);
  });

  it('are not learned where each message begins as no other does', () => {
    const heads = new FamiliarHeads();
    for (const mark of ['Nats-Msg-Id', 'ce-id', 'ce-time']) {
      const block = `NATS/1.0\r\n${mark}: 1\r\nce-type: A\r\nce-dataschema: jetlane:A/1\r\n\r\n`;
      const msg = received(SHORT, block);
      new NatsDelivery(msg, { ...around, heads }).header('ce-dataschema');
      expect(heads.of(received(SHORT, block))?.values.get('ce-type')).toBeUndefined();
    }
    learned('A', heads);
    expect(heads.of(learned('A', heads))?.values.get('ce-type')).toBe('A');
  });

  it('read as if nothing had been learned', () => {
    const names = ['ce-type', 'ce-dataschema', 'ce-datacontenttype', 'ce-id'] as const;
    const line = fc.tuple(
      fc.constantFrom(...names, 'a:b', ''),
      fc.constantFrom(':', ': ', ' :', ''),
      fc.constantFrom('A', 'B', 'é', ' A ', 'a:b', ''),
    );
    const blocks = fc.array(fc.array(line, { maxLength: 5 }), { maxLength: 30 });
    fc.assert(
      fc.property(blocks, (all) => {
        const heads = new FamiliarHeads();
        for (const lines of all) {
          const text = lines.map((parts) => `${parts.join('')}\r\n`).join('');
          const msg = received(SHORT, `NATS/1.0\r\n${text}\r\n`);
          const plain = delivery(msg);
          const one = new NatsDelivery(msg, { ...around, heads });
          for (const name of [...names, 'a:b', 'a'])
            expect(one.header(name)).toBe(plain.header(name));
        }
      }),
    );
  });
});
