import { type DeadLetter, msgpack } from '@jetlane/core';
import { expect, it } from 'vitest';
import { toPayload } from './letter-editor.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const letter = (contentType: string) =>
  ({ seq: 1, headers: { 'content-type': contentType } }) as unknown as DeadLetter;

it('a corrected body keeps every digit of its numbers', () => {
  const corrected = bytes('{\n  "id": 9007199254740993\n}\n');
  expect(toPayload(letter('application/json'), corrected)).toEqual(
    bytes('{"id":9007199254740993}'),
  );
});

it('a corrected body has the form that the message had', () => {
  const packed = toPayload(letter('application/msgpack'), bytes('{"a":[1]}'));
  expect(msgpack.decode(packed)).toEqual({ a: [1] });
  expect(toPayload(letter('text/plain'), bytes('as it is'))).toEqual(bytes('as it is'));
  expect(() => toPayload(letter('application/json'), bytes('{'))).toThrow('--payload is no JSON');
});
