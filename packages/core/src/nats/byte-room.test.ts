import { describe, expect, it } from 'vitest';
import { ByteRoom } from './byte-room.ts';

const ANY = Number.POSITIVE_INFINITY;

describe('the bytes that may be out', () => {
  it('are asked for by halves, so that a second request can be open', () => {
    const room = new ByteRoom(() => 1_000);
    expect([room.next(0, ANY), room.next(500, ANY), room.next(1_000, ANY)]).toEqual([
      500,
      500,
      undefined,
    ]);
  });

  it('are asked for again once a quarter is free', () => {
    const room = new ByteRoom(() => 1_000);
    room.take(760);
    expect(room.next(0, ANY)).toBeUndefined();
    room.give(10);
    expect(room.next(0, ANY)).toBe(250);
  });

  it('are all asked for when the next message did not fit into half', () => {
    const room = new ByteRoom(() => 1_000);
    room.refuse(500);
    expect(room.next(0, ANY)).toBe(1_000);
  });

  it('are not asked for again in vain', () => {
    const room = new ByteRoom(() => 1_000);
    room.take(300);
    room.refuse(700);
    expect(room.next(0, ANY)).toBeUndefined();
    room.give(300);
    expect(room.next(0, ANY)).toBe(1_000);
  });

  it('are passed over for a message that is larger than all of them, once nothing else is out', () => {
    const room = new ByteRoom(() => 1_000);
    room.take(10);
    room.refuse(1_000);
    expect(room.next(0, ANY)).toBeUndefined();
    room.give(10);
    expect([room.next(1, ANY), room.next(0, ANY)]).toEqual([undefined, 'one']);
    room.take(5_000);
    expect(room.next(0, ANY)).toBeUndefined();
    room.give(5_000);
    expect(room.next(0, ANY)).toBe(500);
  });

  it('of a request are no more than its consumer allows', () => {
    const room = new ByteRoom(() => 1_000);
    expect(room.next(0, 100)).toBe(100);
    room.refuse(100);
    expect(room.next(0, 100)).toBe('one');
  });
});
