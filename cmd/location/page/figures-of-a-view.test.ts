import { describe, expect, it } from 'vitest';
import { cityClock } from './city-clock.ts';
import { crowd } from './crowd.ts';
import { frameWork } from './frame-work.ts';
import { traffic } from './traffic.ts';
import { trail } from './trail.ts';
import type { TrailEntry } from './wire.ts';

describe('the city clock', () => {
  it('trusts the answer that came back fastest', () => {
    let localMs = 1000;
    const clock = cityClock(() => localMs);
    expect(clock.nowMs()).toBe(1000);
    localMs = 2000;
    clock.answered(1000, 51_000); // a second there and back: off by half of it, or not
    localMs = 2010;
    clock.answered(2000, 52_105);
    expect(clock.nowMs()).toBe(2010 + 50_100);
    localMs = 4000;
    clock.answered(2010, 99_000);
    expect(clock.nowMs()).toBe(4000 + 50_100);
  });
});

describe('the traffic meter', () => {
  it('gives rates of the last seconds', () => {
    const meter = traffic();
    for (let ms = 0; ms < 4000; ms += 100) {
      meter.frame(1000, ms);
      meter.reports(25, ms);
    }
    const { framesPerS, bytesPerS, reportsPerS } = meter.rates(4000);
    expect(framesPerS).toBeCloseTo(10, 0);
    expect(bytesPerS).toBeCloseTo(10_000, -3);
    expect(reportsPerS).toBeCloseTo(250, -1);
    expect(meter.rates(20_000).framesPerS).toBe(0);
  });
});

describe('the crowd', () => {
  const square = (x: number) => [x - 1, -1, x + 1, -1, x + 1, 1, x - 1, 1];
  const city = {
    cells: { a: square(0), b: square(10), c: square(100) },
    parents: { a: 'ab', b: 'ab', c: 'c' },
  };

  it('is taken together where cells are small, in the middle of its drivers', () => {
    const all = crowd(city);
    all.put([
      ['a', 1, 1, 1, 10, 0, 3],
      ['b', 5, 2, 2, 2, 1, 9],
      ['c', 1, 0, 0, 0, 0, 1],
      ['elsewhere', 1, 0, 0, 0, 0, 1],
    ]);
    expect([all.drivers, all.flagged]).toEqual([14, 1]);
    expect(all.clusters(false)).toHaveLength(3);
    const [both] = all.clusters(true);
    expect(both).toMatchObject({
      drivers: 12,
      free: 6,
      assigned: 3,
      onTrip: 3,
      x: 7.5,
      meanMps: 4,
    });
  });
});

describe('the work of frames', () => {
  it('is kept in a ring, with what was done between two of them', () => {
    const work = frameWork();
    expect(work.quantileMs(0.95)).toBeNull();
    work.during(() => {});
    work.during(() => {});
    work.end();
    for (let i = 0; i < 1000; i++) work.end();
    expect(work.workMs).toHaveLength(600);
    expect(work.quantileMs(0.95)).toBe(0);
  });
});

describe('the trail of a selection', () => {
  const entry = (seq: number, sentAtMs: number | null = 100): TrailEntry => ({
    stream: 'S',
    seq,
    subject: 's',
    type: 'T',
    sentAtMs,
    storedAtMs: 103,
    text: '{}',
  });
  const driver = { of: 'driver', id: 'd-1' } as const;

  it('lists the newest first, with what each took to the stream and to the page', () => {
    const list = trail();
    list.begin(driver);
    expect(list.phase).toBe('reading');
    list.past(driver, [entry(1), entry(2)], undefined);
    list.add(driver, entry(3), 120);
    list.add(driver, entry(4, null), 120);
    list.add({ of: 'ride', id: 'd-1' }, entry(5), 120);
    expect(list.lines.map(({ seq, storedMs, pageMs }) => [seq, storedMs, pageMs])).toEqual([
      [4, null, null],
      [3, 3, 20],
      [2, 3, null],
      [1, 3, null],
    ]);
  });

  it('keeps what it has when the past can not be read again', () => {
    const list = trail();
    list.begin(driver);
    list.past(driver, [entry(1)], undefined);
    list.past(driver, [], 'nats-server is away');
    expect([list.lines.length, list.problem]).toEqual([1, 'nats-server is away']);
  });
});
