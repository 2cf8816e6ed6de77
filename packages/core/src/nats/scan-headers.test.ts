import type { Msg } from '@nats-io/nats-core';
import { expect, it } from 'vitest';
import { scanHeaders } from './scan-headers.ts';

/** A message as the client hands it out: its payload is a view behind the headers. */
function message(before: string, payload = '{}'): Msg {
  const received = new TextEncoder().encode(before + payload);
  return { data: received.subarray(before.length) } as Msg;
}

it('reads header names that the client refuses', () => {
  const msg = message('NATS/1.0\r\nfoo bar: x\r\nce-type: A: B\r\n\r\n');
  expect([...scanHeaders(msg)]).toEqual([
    ['foo bar', 'x'],
    ['ce-type', 'A: B'],
  ]);
});

it('takes the last of several values and skips what is no header', () => {
  const msg = message('NATS/1.0\r\na: 1\r\nnothing\r\n: 3\r\na: 2\r\n\r\n', '');
  expect([...scanHeaders(msg)]).toEqual([['a', '2']]);
});

it('takes the words that begin a block for what they are where they stand in a value', () => {
  const msg = message('HMSG a 1 40 42\r\nNATS/1.0\r\na b: NATS/1.0\r\nc: NATS/1.0 503\r\n\r\n');
  expect([...scanHeaders(msg)]).toEqual([
    ['a b', 'NATS/1.0'],
    ['c', 'NATS/1.0 503'],
  ]);
});

it('does not take the headers of an earlier message', () => {
  const earlier = 'HMSG a 1 20 22\r\nNATS/1.0\r\na: 1\r\n\r\n{}\r\n';
  expect(scanHeaders(message(`${earlier}HMSG b 1 9 11\r\nstrange\r\n\r\n`)).size).toBe(0);
  expect(scanHeaders(message('')).size).toBe(0);
});
