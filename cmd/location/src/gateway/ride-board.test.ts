import { beforeEach, describe, expect, it } from 'vitest';
import type { RideRow } from '#wire';
import { cellAt, toLat, toLng } from '../city/plane.ts';
import { ARRIVED_SHOWN_MS, RideBoard, SILENT_MAX_MS, WAIT_MAX_MS } from './ride-board.ts';

const place = (xM: number, yM: number) => ({ lat: toLat(yM), lng: toLng(xM) });
const pickUp = place(3000, 3000);
const dropOff = place(6000, 3000);
const door = cellAt(pickUp.lat, pickUp.lng);
const asked = { rideId: 'r-1', requestedAtMs: 1000, pickUp, dropOff };
const matched = { rideId: 'r-1', driverId: 'd-1', matchedAtMs: 1200, pickUp, dropOff };
const report = (cell: string, leg: string, takenAtMs: number) => ({
  driverId: 'd-1',
  cell,
  takenAtMs,
  trip: { rideId: 'r-1', leg, to: leg === 'pick-up' ? pickUp : dropOff },
});

describe('the board of rides', () => {
  let shown: { row: RideRow; cells: readonly string[] }[] = [];
  let board: RideBoard;
  const last = () => shown.at(-1);
  const stages = () => shown.map(({ row }) => row[1]);

  beforeEach(() => {
    shown = [];
    board = new RideBoard({
      ride: (_, text, cells) => void shown.push({ row: JSON.parse(text), cells }),
    });
  });

  it('shows a ride at the door until the pick-up, and where its driver is from the match on', () => {
    board.requested(asked);
    expect(last()?.cells).toEqual([door]);
    board.matched(matched, 'far');
    expect(last()?.cells).toEqual([door, 'far']);
    board.seen(report('near', 'pick-up', 2000), true);
    expect(last()?.cells).toEqual([door, 'near']);
    board.pickedUp('r-1', 3000);
    expect(last()?.cells).toEqual(['near']);
    board.arrived('r-1', 9000);
    expect(stages()).toEqual(['waiting', 'matched', 'matched', 'riding', 'arrived']);
    expect(last()?.row.slice(2, 4)).toEqual(['d-1', expect.closeTo(pickUp.lat, 5)]);
  });

  it('says an estimate of the present leg only, and forgets it when the leg ends', () => {
    board.matched(matched, 'far');
    board.estimated('r-1', 'drop-off', 70_000);
    board.estimated('r-1', 'pick-up', 60_000);
    expect(last()?.row[7]).toBe(60_000);
    board.pickedUp('r-1', 3000);
    expect(last()?.row[7]).toBeNull();
    board.estimated('r-2', 'pick-up', 60_000);
    expect(shown).toHaveLength(3);
  });

  it('says nothing for a report that changes nothing', () => {
    board.matched(matched, 'far');
    board.seen(report('far', 'pick-up', 2000), false);
    board.seen(report('far', 'pick-up', 3000), false);
    expect(shown).toHaveLength(1);
  });

  it('learns rides that began before it from the reports of their drivers', () => {
    board.seen(report('here', 'drop-off', 500), true);
    expect(last()?.cells).toEqual(['here']);
    expect(last()?.row.slice(0, 5)).toEqual(['r-1', 'riding', 'd-1', null, null]);
    expect(last()?.row[5]).toBeCloseTo(dropOff.lat, 5);
  });

  it('lets a rider wait again whose driver had taken another ride', () => {
    board.requested(asked);
    board.matched(matched, 'far');
    board.requested({ ...asked, requestedAtMs: 3000 });
    expect(last()?.cells).toEqual([door]);
    expect(last()?.row.slice(0, 3)).toEqual(['r-1', 'waiting', null]);
    board.seen(report('near', 'pick-up', 4000), true);
    expect(last()?.row.slice(1, 3)).toEqual(['matched', 'd-1']);
  });

  it('forgets arrivals after a moment, riders who walk away, and rides of silent drivers', () => {
    board.requested(asked);
    board.matched({ ...matched, rideId: 'r-2' }, 'far');
    board.seen(report('here', 'drop-off', 500), true);
    board.matched({ ...matched, rideId: 'r-3' }, 'far');
    board.arrived('r-3', 1300);
    board.requested({ ...asked, rideId: 'r-4' });
    board.sweep(1301 + ARRIVED_SHOWN_MS);
    expect(board.size).toBe(3);
    board.sweep(1001 + WAIT_MAX_MS);
    expect(board.size).toBe(2);
    board.sweep(1201 + SILENT_MAX_MS);
    expect(board.size).toBe(0);
    expect([last()?.cells, last()?.row[1]]).toEqual([[], 'over']);
  });
});
