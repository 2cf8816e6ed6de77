import { type DeadLetter, msgpack } from '@jetlane/core';
import { expect, it } from 'vitest';
import { editLetter, toPayload } from './letter-editor.ts';

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

it('an integer that would be sent as another number is refused where the form needs numbers', () => {
  const rounded = bytes('{"id":9007199254740993}');
  expect(() => toPayload(letter('application/msgpack'), rounded)).toThrow(
    'holds 9007199254740993, which would be sent as another number',
  );
});

it('a body that JSON has no form for is not opened in an editor', async () => {
  const packed = { large: 'cf1000000000000000', raw: 'c4020102', date: 'd6ff00000000' };
  for (const hex of Object.values(packed)) {
    const body = { ...letter('application/msgpack'), payload: Buffer.from(hex, 'hex') };
    await expect(editLetter(body, { EDITOR: 'true' })).rejects.toThrow('what JSON has no form for');
  }
  const plain = {
    ...letter('application/msgpack'),
    payload: msgpack.encode({ a: [1, 'x', null] }),
  };
  expect(await editLetter(plain, { EDITOR: 'true' })).toBeUndefined();
});
