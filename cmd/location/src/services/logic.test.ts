import { describe, expect, it } from 'vitest';
import { generateCity } from '../city/city.ts';
import { cellAt, distanceM, toLat, toLng } from '../city/plane.ts';
import { seededRandom } from '../city/random.ts';
import { type Report, simulation } from '../simulation/simulation.ts';
import { arrivalEstimator } from './arrival.ts';
import { driverIndex } from './driver-index.ts';
import { fraudDetector } from './fraud-detector.ts';
import { priceBoard } from './price-board.ts';

const place = (xM: number, yM: number) => ({ lat: toLat(yM), lng: toLng(xM) });
const seen = (driverId: string, xM: number, yM: number, takenAtMs = 0, status = 'free') => ({
  driverId,
  ...place(xM, yM),
  cell: cellAt(toLat(yM), toLng(xM)),
  status,
  takenAtMs,
});

describe('the driver index', () => {
  it('finds the nearest free driver, as looking at all of them does', () => {
    const random = seededRandom(3, 'index');
    for (let round = 0; round < 40; round++) {
      const index = driverIndex();
      const all = Array.from({ length: 60 }, (_, i) =>
        seen(
          `d${i}`,
          random.between(0, 14_000),
          random.between(0, 9000),
          0,
          i % 3 ? 'free' : 'on-trip',
        ),
      );
      for (const driver of all) index.see(driver);
      const rider = place(random.between(2000, 12_000), random.between(2000, 7000));
      const nearest = all
        .filter(({ status }) => status === 'free')
        .reduce((a, b) => (distanceM(rider, b) < distanceM(rider, a) ? b : a));
      expect(index.takeNearest(rider, 0)?.driverId).toBe(nearest.driverId);
    }
  });

  it('holds a driver it gave away, until the hold ends', () => {
    const index = driverIndex();
    index.see(seen('a', 5000, 5000));
    expect(index.takeNearest(place(5000, 5100), 0)?.driverId).toBe('a');
    index.see(seen('a', 5000, 5000, 4000));
    expect(index.takeNearest(place(5000, 5100), 4000)).toBeUndefined();
    expect(index.takeNearest(place(5000, 5100), 11_000)?.driverId).toBe('a');
  });

  it('ignores drivers that are silent, late reports, and drivers out of reach', () => {
    const index = driverIndex();
    index.see(seen('a', 5000, 5000, 1000));
    index.see(seen('a', 9000, 5000, 500));
    expect(index.takeNearest(place(9000, 5000), 40_000)).toBeUndefined();
    expect(index.takeNearest(place(5000, 25_000), 1000)).toBeUndefined();
    expect(index.takeNearest(place(5000, 5000), 1000)?.distanceM).toBeLessThan(1);
  });
});

describe('the fraud detector', () => {
  const claim = (deviceId: string, xM: number, takenAtMs: number) => ({
    ...seen('d', xM, 0, takenAtMs),
    deviceId,
  });

  it('flags a jump once, and not a bad fix', () => {
    const detect = fraudDetector();
    expect(detect(claim('p1', 0, 0))).toBeUndefined();
    expect(detect(claim('p1', 250, 4000))).toBeUndefined();
    expect(detect(claim('p1', 3000, 8000))).toMatchObject({ reason: 'teleport' });
    expect(detect(claim('p1', 0, 12_000))).toBeUndefined();
  });

  it('flags two phones that take turns, and not a new phone', () => {
    const detect = fraudDetector();
    detect(claim('p1', 0, 0));
    expect(detect(claim('p2', 40, 4000))).toBeUndefined();
    expect(detect(claim('p2', 80, 8000))).toBeUndefined();
    expect(detect(claim('p1', 90, 10_000))).toMatchObject({ reason: 'two-devices' });
  });

  it('finds every cheater of a simulated run and accuses nobody else', () => {
    const world = simulation({ seed: 11, drivers: 1000, intervalMs: 4000 });
    const detect = fraudDetector();
    const flagged = new Set<string>();
    for (let i = 0; i < 1000 * 60; i++) {
      const flag = detect(world.report());
      if (flag) flagged.add(flag.driverId);
    }
    expect([...flagged].sort()).toEqual([...world.cheaters.begun].sort());
  });
});

describe('the price board', () => {
  it('raises a price where riders outnumber drivers, and lowers it again', () => {
    const board = priceBoard();
    board.driver(seen('a', 0, 0));
    const { cell } = seen('a', 0, 0);
    for (let i = 0; i < 2; i++) board.rider(cell, 1000);
    expect(board.changes(1000)).toEqual([{ cell, supply: 1, demand: 2, multiplier: 2.8 }]);
    expect(board.changes(2000)).toEqual([]);
    board.driver(seen('a', 5000, 0, 3000)); // away: as few drivers as one, for the price
    expect(board.changes(3000)).toEqual([]);
    expect(board.changes(62_000)).toEqual([{ cell, supply: 0, demand: 0, multiplier: 1 }]);
  });

  it('counts each rider for all processes that share them', () => {
    const board = priceBoard(3);
    board.rider('cell', 0);
    expect(board.changes(0)).toEqual([{ cell: 'cell', supply: 0, demand: 3, multiplier: 3 }]);
  });
});

describe('the arrival estimate', () => {
  it('is near what the simulated car then does', () => {
    const world = simulation({ seed: 7, drivers: 60, intervalMs: 4000 });
    const arrival = arrivalEstimator(generateCity(7));
    const random = seededRandom(5, 'rides');
    const promised = new Map<string, number>();
    const errorsS: number[] = [];
    const somewhere = () => place(random.between(1000, 13_000), random.between(1000, 9000));
    const look = (report: Report) => {
      if (!report.trip) {
        const rideId = `r${promised.size}-${report.takenAtMs}`;
        world.assign(report.driverId, { rideId, pickUp: somewhere(), dropOff: somewhere() });
        return;
      }
      const key = `${report.trip.rideId}/${report.trip.leg}`;
      if (!promised.has(key)) promised.set(key, arrival({ ...report, trip: report.trip }));
    };
    for (let i = 0; i < 60 * 450; i++) {
      look(world.report());
      for (const { rideId, leg, atMs } of world.takeLegEnds()) {
        const promise = promised.get(`${rideId}/${leg}`);
        if (promise === undefined) continue;
        errorsS.push(Math.abs(promise - atMs) / 1000);
      }
    }
    errorsS.sort((a, b) => a - b);
    expect(errorsS.length).toBeGreaterThan(60);
    expect(errorsS[errorsS.length >> 1]).toBeLessThan(30);
  });
});
