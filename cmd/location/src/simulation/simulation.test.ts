import { describe, expect, it } from 'vitest';
import { distanceM, toLat, toLng } from '../city/plane.ts';
import { ACCELERATION_MPS2, BRAKING_MPS2 } from './fleet.ts';
import { type Report, simulation } from './simulation.ts';

const options = { seed: 7, drivers: 500, intervalMs: 4000 };

function reports(of: ReturnType<typeof simulation>, count: number): Report[] {
  return Array.from({ length: count }, () => of.report());
}

describe('the simulation', () => {
  it('repeats itself for the same seed: reports, riders and cheaters', () => {
    const [one, two] = [simulation(options), simulation(options)];
    expect(reports(one, 5000)).toEqual(reports(two, 5000));
    expect(one.riders.due(60_000)).toEqual(two.riders.due(60_000));
    expect([...one.cheaters.cheats]).toEqual([...two.cheaters.cheats]);
    const other = simulation({ ...options, seed: 8 });
    expect(reports(other, 100)).not.toEqual(reports(simulation(options), 100));
  });

  it('spreads the reports evenly, each phone once an interval', () => {
    const world = simulation(options);
    world.begin(1_000_000);
    const round = reports(world, 500);
    expect(new Set(round.map(({ deviceId }) => deviceId)).size).toBe(500);
    round.forEach(({ takenAtMs, seq }, index) => {
      expect(takenAtMs).toBeCloseTo(1_000_000 + index * 8, 6);
      expect(seq).toBe(1);
    });
    expect(world.dueMs).toBe(1_004_000);
    expect([1_004_000, 1_004_001, 1_008_000].map(world.dueBefore)).toEqual([0, 1, 500]);
  });

  it('moves honest drivers no faster than roads and pedals allow', () => {
    const world = simulation({ ...options, drivers: 200 });
    const before = new Map<string, Report>();
    let moved = 0;
    for (const report of reports(world, 200 * 60)) {
      if (world.cheaters.cheats.has(report.driverId)) continue;
      const last = before.get(report.deviceId);
      before.set(report.deviceId, report);
      if (!last) continue;
      const metres = distanceM(last, report);
      moved += metres;
      expect(metres).toBeLessThan(17.5 * 4 + 40 + 260); // limit, GPS noise, a bad fix
      const change = report.speedMps - last.speedMps;
      expect(change).toBeLessThanOrEqual(ACCELERATION_MPS2 * 4 + 0.11);
      expect(change).toBeGreaterThanOrEqual(-BRAKING_MPS2 * 4 - 0.11);
      expect(report.speedMps).toBeLessThan(17.5);
    }
    expect(moved / before.size / 240).toBeGreaterThan(4); // they do drive, metres a second
  });

  it('takes a rider from the pick-up to the destination', () => {
    const world = simulation({ seed: 2, drivers: 1, intervalMs: 4000 }); // one that is free at first
    const ride = {
      rideId: 'r-1',
      pickUp: { lat: toLat(3000), lng: toLng(3000) },
      dropOff: { lat: toLat(8000), lng: toLng(9000) },
    };
    expect(world.assign('d-00000', ride)).toBe(true);
    expect(world.assign('d-00000', ride)).toBe(false);
    expect(world.assign('d-00009', ride)).toBe(false);
    const ends = [];
    const statuses = new Set<string>();
    for (let i = 0; i < 1000 && ends.length < 2; i++) {
      const report = world.report();
      statuses.add(report.status);
      for (const end of world.takeLegEnds()) {
        ends.push(end);
        const place = end.leg === 'pick-up' ? ride.pickUp : ride.dropOff;
        expect(distanceM(place, report)).toBeLessThan(250);
      }
    }
    expect(ends.map(({ leg }) => leg)).toEqual(['pick-up', 'drop-off']);
    expect([...statuses]).toEqual(expect.arrayContaining(['assigned', 'on-trip']));
  });

  it('knows who cheats and since when it shows', () => {
    const world = simulation({ ...options, drivers: 2000 });
    const { cheats, begun } = world.cheaters;
    expect([...cheats.values()].sort()).toEqual([
      ...Array(4).fill('teleport'),
      ...Array(4).fill('two-devices'),
    ]);
    expect(begun.size).toBe(0);
    reports(world, 2000 * 6);
    expect([...begun].sort()).toEqual([...cheats.keys()].sort());
  });
});

describe('riders', () => {
  it('ask again when nothing came of it, and give up in the end', () => {
    const { riders } = simulation(options);
    const [first] = riders.due(20_000);
    if (!first) throw new Error('no rider came');
    riders.askAgain(first.rideId, 1, 20_000);
    expect(riders.match(first.rideId, 2, () => true)).toBe(false);
    const again = riders.due(22_500).find(({ rideId }) => rideId === first.rideId);
    expect(again).toEqual({ ...first, attempt: 2 });
    expect(riders.match(first.rideId, 2, () => false)).toBe(false);
    expect(riders.match(first.rideId, 2, () => true)).toBe(true);
    expect(riders.match(first.rideId, 2, () => true)).toBe(false);
    expect(riders.matched).toBe(1);
    const ids = new Set<string>();
    for (let nowMs = 30_000; nowMs < 700_000; nowMs += 5000) {
      for (const { rideId } of riders.due(nowMs)) ids.add(rideId);
    }
    expect(riders.requested).toBeGreaterThan(100);
    expect(ids.has(first.rideId)).toBe(false);
  });
});
