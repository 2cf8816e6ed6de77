import { msgpack } from '@jetlane/core';
import { expect, it } from 'vitest';
import { toJsonText } from '../terminal/printable.ts';
import { makeStyle } from '../terminal/style.ts';
import { readBody } from './stored-record.ts';
import { recordJson, recordText } from './tail-view.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('reads bodies by content type, else by their first byte', () => {
  const value = { a: 1 };
  const json = '{"a":1}';
  const packed = { 'ce-datacontenttype': 'application/msgpack' };
  expect(readBody({ headers: packed, payload: msgpack.encode(value) })).toEqual({
    kind: 'json',
    json,
  });
  expect(readBody({ headers: {}, payload: msgpack.encode(value) })).toEqual({ kind: 'json', json });
  expect(readBody({ headers: {}, payload: bytes('{"a":1}') })).toEqual({ kind: 'json', json });
  const cloud = { 'Content-Type': 'application/vnd.x+json; charset=utf-8' };
  expect(readBody({ headers: cloud, payload: bytes('{"a":1}') })).toEqual({ kind: 'json', json });
});

it('shows what it cannot read as text or bytes', () => {
  const json = { 'content-type': 'application/json' };
  expect(readBody({ headers: json, payload: bytes('{') })).toEqual({ kind: 'text', text: '{' });
  const image = { 'content-type': 'image/png' };
  expect(readBody({ headers: image, payload: new Uint8Array([0xff, 0xd8]) })).toEqual({
    kind: 'binary',
    base64: '/9g=',
  });
  expect(readBody({ headers: {}, payload: new Uint8Array() })).toEqual({ kind: 'empty' });
  const bomb = new Uint8Array(20).fill(0xdd);
  expect(readBody({ headers: {}, payload: bomb }).kind).toBe('binary');
});

it('is one line, or one document, a message', () => {
  const record = {
    stream: 'ORDERS',
    seq: 7,
    time: new Date('2026-01-31T12:00:00.5Z'),
    subject: 'orders.placed.o-1',
    headers: { 'ce-type': 'OrderPlaced', 'ce-id': 'x', note: 'two\nlines' },
    payload: bytes('{"orderId":"o-1"}'),
  };
  expect(recordText(record, { style: makeStyle(false), headers: true })).toBe(
    '2026-01-31 12:00:00.500 ORDERS#7 orders.placed.o-1 OrderPlaced {"orderId":"o-1"}\n' +
      '    ce-type: OrderPlaced\n    ce-id: x\n    note: two\\nlines',
  );
  expect(JSON.parse(toJsonText(recordJson(record)))).toMatchObject({
    seq: 7,
    id: 'x',
    type: 'OrderPlaced',
    data: { orderId: 'o-1' },
  });
});

it('keeps every digit of numbers that are larger than JavaScript can hold', () => {
  const body = '{"id":9007199254740993,"price":1.10}';
  const record = {
    stream: 'ORDERS',
    seq: 7,
    time: new Date(0),
    subject: 'orders.1',
    headers: {},
    payload: bytes(` ${body}\n`),
  };
  expect(recordText(record, { style: makeStyle(false), headers: false })).toContain(body);
  expect(toJsonText(recordJson(record))).toContain(`"data":${body}`);
});
