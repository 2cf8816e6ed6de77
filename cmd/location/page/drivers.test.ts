import { describe, expect, it } from 'vitest';
import { drivers } from './drivers.ts';
import { rides } from './rides.ts';
import type { DriverRow, RideRow } from './wire.ts';

const plane = { origin: { lat: 0, lng: 0 }, metresPerDegree: { lat: 1000, lng: 1000 } };
const row = (id: string, xM: number, takenAtMs: number): DriverRow => [
  id,
  0,
  xM / 1000,
  90,
  10,
  'free',
  takenAtMs,
];

describe('the drivers', () => {
  it('glide between two reports for as long as lies between them', () => {
    const all = drivers(plane);
    all.put([row('a', 0, 1000)], 0, false);
    all.advance(0, false);
    all.put([row('a', 40, 5000)], 4000, false);
    all.advance(6000, false);
    expect(all.find('a')?.x).toBeGreaterThan(10);
    expect(all.find('a')?.x).toBeLessThan(30);
    all.advance(8000, false);
    expect(all.find('a')?.x).toBeCloseTo(40);
  });

  it('jump when they claim to be where no car can be, and never glide there', () => {
    const all = drivers(plane);
    all.put([row('a', 0, 1000)], 0, false);
    all.advance(0, false);
    all.put([row('a', 4000, 5000)], 4000, false);
    all.advance(4016, false);
    expect(all.find('a')?.x).toBeCloseTo(4000);
  });

  it('ignore what is older than what they know, as a driver that changes cells comes twice', () => {
    const all = drivers(plane);
    all.put([row('a', 0, 5000), row('a', 100, 1000)], 0, false);
    all.advance(10_000, false);
    expect(all.find('a')?.x).toBeCloseTo(0, 0);
  });

  it('are those of a snapshot and no others, and are forgotten after a long silence', () => {
    const all = drivers(plane);
    all.put([row('a', 0, 1), row('b', 0, 1)], 0, false);
    all.put([row('b', 0, 1)], 10, true);
    expect([...all.all].map(({ id }) => id)).toEqual(['b']);
    all.advance(60_000, false);
    expect(all.count).toBe(0);
  });

  it('are not forgotten for a silence in which nobody could be heard', () => {
    const all = drivers(plane);
    all.put([row('a', 0, 1)], 0, false);
    for (let atMs = 0; atMs <= 60_000; atMs += 1000) all.advance(atMs, false, true);
    all.advance(75_000, false);
    expect(all.count).toBe(1);
    all.advance(90_000, false);
    expect(all.count).toBe(0);
  });

  it('are flagged until all flags are told anew: the city may be another one by then', () => {
    const all = drivers(plane);
    all.flag([['a', 'teleport', 800, 1]], false);
    all.flag([['b', 'teleport', 800, 1]], false);
    expect([...all.flags.keys()]).toEqual(['a', 'b']);
    all.flag([['c', 'teleport', 800, 1]], true);
    expect([...all.flags.keys()]).toEqual(['c']);
  });

  it('stand where they reported, for those who want no motion', () => {
    const all = drivers(plane);
    all.put([row('a', 0, 1000)], 0, false);
    all.advance(0, true);
    all.put([row('a', 40, 5000)], 4000, false);
    all.advance(4001, true);
    expect(all.find('a')?.x).toBe(40);
  });
});

describe('the rides', () => {
  const ride = (id: string, stage: RideRow[1], driverId: string | null = 'a'): RideRow => [
    id,
    stage,
    driverId,
    0.1,
    0.2,
    null,
    null,
    null,
    5,
  ];

  it('are found by their driver, and forgotten when they are over', () => {
    const all = rides(plane);
    all.put([ride('r-1', 'waiting', null), ride('r-2', 'riding')], 0, false);
    expect(all.ofDriver('a')).toMatchObject({ id: 'r-2', pickUp: { x: 200, y: 100 } });
    all.put([ride('r-3', 'matched'), ride('r-2', 'arrived')], 0, false);
    expect(all.ofDriver('a')?.id).toBe('r-3');
    all.put([ride('r-2', 'over'), ride('r-3', 'over')], 0, false);
    expect([all.count, all.ofDriver('a')]).toEqual([1, undefined]);
  });

  it('are forgotten when they have left the view', () => {
    const all = rides(plane);
    all.put([ride('r-1', 'riding')], 0, false);
    all.sweep(30_000);
    expect(all.count).toBe(1);
    all.sweep(70_000);
    expect(all.count).toBe(0);
    all.put([ride('r-1', 'riding'), ride('r-2', 'riding')], 0, false);
    all.put([ride('r-2', 'riding')], 0, true);
    expect([...all.all].map(({ id }) => id)).toEqual(['r-2']);
  });
});
