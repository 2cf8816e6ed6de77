import { json, msgpack } from '@jetlane/core';
import { describe, expect, it } from 'vitest';
import { previewBody, viewBody } from './body-view.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const typed = (contentType: string, payload: Uint8Array) => ({
  headers: [['ce-datacontenttype', contentType]] as const,
  payload,
});
const untyped = (payload: Uint8Array) => ({ headers: [], payload });

describe('a body', () => {
  it('is read by its content type', () => {
    const value = { orderId: 'o-1', at: new Date(0), raw: new Uint8Array([1, 2]) };
    const body = viewBody(typed('application/msgpack', msgpack.encode(value)));
    expect(body).toMatchObject({ kind: 'msgpack', cut: null, problem: null });
    expect(JSON.parse(body.text)).toEqual({
      orderId: 'o-1',
      at: '1970-01-01T00:00:00.000Z',
      raw: 'AQI=',
    });
    const text = viewBody(typed('application/cloudevents+json; charset=utf-8', utf8('{"a":1}')));
    expect(text).toMatchObject({ kind: 'json', text: '{\n  "a": 1\n}' });
  });

  it('is guessed without one', () => {
    expect(viewBody(untyped(json.encode([1])))).toMatchObject({ kind: 'json' });
    expect(viewBody(untyped(msgpack.encode({ a: 1 })))).toMatchObject({ kind: 'msgpack' });
    expect(viewBody(untyped(utf8('hello, world')))).toMatchObject({ kind: 'text' });
    expect(viewBody(untyped(utf8('')))).toMatchObject({ kind: 'empty', text: '' });
    expect(viewBody(untyped(new Uint8Array([0xc1, 0, 255])))).toMatchObject({
      kind: 'hex',
      text: '00000000  c1 00 ff                                         ...',
    });
  });

  it('that is not what its type says is shown as it is, with the reason', () => {
    const broken = viewBody(typed('application/json', utf8('{"a":')));
    expect(broken).toMatchObject({ kind: 'text', text: '{"a":' });
    expect(broken.problem).toContain('cannot read the payload as JSON');
    const binary = viewBody(typed('application/msgpack', new Uint8Array([0x91])));
    expect(binary).toMatchObject({ kind: 'hex' });
    expect(binary.problem).toContain('as msgpack');
  });

  it('keeps every digit of its numbers', () => {
    const text = '{"id":9007199254740993,"far":-12345678901234567890,"price":1.10,"huge":1e400}';
    for (const body of [
      viewBody(typed('application/json', utf8(text))),
      viewBody(untyped(utf8(text))),
    ])
      expect(body).toMatchObject({
        kind: 'json',
        text: '{\n  "id": 9007199254740993,\n  "far": -12345678901234567890,\n  "price": 1.10,\n  "huge": 1e400\n}',
      });
    expect(previewBody(untyped(utf8(text))).preview).toBe(text);
    // [the largest unsigned integer, the smallest signed one, the first that is no number of JavaScript]
    const packed = Buffer.from('93cfffffffffffffffffd38000000000000000cf0020000000000001', 'hex');
    const { kind, preview } = previewBody(typed('application/msgpack', packed));
    expect(kind).toBe('msgpack');
    expect(preview).toBe('[18446744073709551615,-9223372036854775808,9007199254740993]');
    expect(viewBody(typed('application/msgpack', packed)).text).toContain(
      '\n  18446744073709551615,',
    );
  });

  it('shows what JSON has no form for', () => {
    const body = viewBody(
      typed('application/msgpack', Buffer.from('92cb7ff8000000000000c403010203', 'hex')),
    );
    expect(JSON.parse(body.text)).toEqual(['NaN', 'AQID']);
  });

  it('of another type is no JSON, whatever it begins with', () => {
    expect(viewBody(typed('text/plain', utf8('17')))).toMatchObject({ kind: 'text', text: '17' });
  });

  it('is never built where it is a bomb', () => {
    const deep = utf8(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(viewBody(typed('application/json', deep)).problem).toContain('levels');
    const nested = new Uint8Array(100_000).fill(0x91);
    expect(viewBody(typed('application/msgpack', nested)).problem).toContain('levels');
    const wide = new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]);
    expect(viewBody(typed('application/msgpack', wide)).problem).toContain('elements');
    const keyed = utf8('{"__proto__":{"polluted":true}}');
    expect(viewBody(typed('application/json', keyed)).problem).toContain('__proto__');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('that is large is cut, and says so', () => {
    const long = viewBody(untyped(utf8('x'.repeat(600_000))));
    expect(long).toMatchObject({ kind: 'text', cut: { bytes: 600_000, shownBytes: 262_144 } });
    expect(long.text).toHaveLength(262_144);
    const list = viewBody(typed('application/json', json.encode(['y'.repeat(900_000)])));
    expect(list.kind).toBe('json');
    expect(list.text).toHaveLength(262_144);
    expect(list.cut?.bytes).toBe(900_004);
    const bytes = viewBody(untyped(new Uint8Array(10_000)));
    expect(bytes).toMatchObject({ kind: 'hex', cut: { bytes: 10_000, shownBytes: 4_096 } });
    const huge = viewBody(typed('application/json', utf8(`["${'z'.repeat(2_000_000)}"]`)));
    expect(huge).toMatchObject({ kind: 'text', cut: { shownBytes: 262_144 } });
    expect(huge.problem).toContain('bytes');
  });

  it('stays text: markup is not touched, and nothing turns the reading direction', () => {
    const body = viewBody(untyped(utf8('{"a":"<script>alert(1)</script>","b":"\u202egpj.exe"}')));
    expect(body.text).toContain('<script>alert(1)</script>');
    expect(body.text).toContain('\\u202egpj.exe');
    expect(JSON.parse(body.text).b).toBe('\u202egpj.exe');
  });
});

describe('a preview', () => {
  it('is one short line', () => {
    const value = { text: 'line\none', more: 'x'.repeat(500) };
    const { kind, preview } = previewBody(typed('application/json', json.encode(value)));
    expect(kind).toBe('json');
    expect(preview).toHaveLength(200);
    expect(preview).toMatch(/^\{"text":"line\\none","more":"x+$/);
    expect(previewBody(untyped(utf8('a\n\tb'))).preview).toBe('a b');
    expect(previewBody(untyped(new Uint8Array([0xc1, 1]))).preview).toBe('c101');
  });

  it('never ends in half a character', () => {
    const { preview } = previewBody(untyped(utf8(`${'x'.repeat(199)}😀`)));
    expect(preview).toBe('x'.repeat(199));
  });
});
