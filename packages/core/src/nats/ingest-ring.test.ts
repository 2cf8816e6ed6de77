import { expect, it } from 'vitest';
import { IngestRing, RING_MAX } from './ingest-ring.ts';

const message = (id: number, bytes = 10) => ({
  id: String(id),
  subject: 'a.b',
  headers: {},
  payload: new Uint8Array(bytes),
});

it('a ring holds messages by number, over its end too, until they are confirmed', () => {
  const ring = new IngestRing();
  let sent = 0;
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < RING_MAX; n++) ring.push(message(sent++));
    expect(ring.length).toBe(RING_MAX);
    expect(ring.at(sent - 1).id).toBe(String(sent - 1));
    expect(ring.confirm(sent - 5)).toEqual({ count: RING_MAX - 5, bytes: (RING_MAX - 5) * 10 });
    expect(ring.bytes).toBe(50);
    expect(ring.empty().map(({ id }) => Number(id))).toEqual([5, 4, 3, 2, 1].map((n) => sent - n));
  }
});

it('a ring lets go of nothing that was confirmed before, or never taken', () => {
  const ring = new IngestRing();
  ring.push(message(0));
  expect(ring.confirm(9)).toEqual({ count: 1, bytes: 10 });
  expect(ring.confirm(0)).toEqual({ count: 0, bytes: 0 });
  expect(ring.length).toBe(0);
});
