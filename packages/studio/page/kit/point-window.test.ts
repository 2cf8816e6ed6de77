import { describe, expect, it } from 'vitest';
import { PointWindow } from './point-window.ts';

const options = { series: 2, pointsMax: 5, spanMs: 10_000, gapMs: 2000 };

describe('the points of a chart', () => {
  it('stay bounded in number', () => {
    const points = new PointWindow({ ...options, spanMs: 1e9 });
    for (let at = 1; at <= 1000; at += 1) points.add(at * 1000, [at, -at]);
    expect(points.timesS).toEqual([996, 997, 998, 999, 1000]);
    expect(points.values[1]).toEqual([-996, -997, -998, -999, -1000]);
  });

  it('stay bounded in time', () => {
    const points = new PointWindow({ ...options, pointsMax: 100, gapMs: 1e9 });
    for (const at of [1000, 5000, 12_000]) points.add(at, [1, 1]);
    expect(points.timesS).toEqual([5, 12]);
  });

  it('show a pause as a gap', () => {
    const points = new PointWindow(options);
    points.add(1000, [1, 2]);
    points.add(5000, [3, 4]);
    expect(points.timesS).toEqual([1, 3, 5]);
    expect(points.values).toEqual([
      [1, null, 3],
      [2, null, 4],
    ]);
  });

  it('are in the order of time, whatever comes', () => {
    const points = new PointWindow(options);
    for (const at of [3000, 2000, 3000, Number.NaN, 4000]) points.add(at, [1, 1]);
    expect(points.timesS).toEqual([3, 4]);
  });

  it('hold null for what is missing or not a number', () => {
    const points = new PointWindow(options);
    points.add(1000, [Number.NaN]);
    expect(points.values).toEqual([[null], [null]]);
    expect(points.summary(0)).toEqual({ latest: null, min: null, max: null });
    expect(points.newest(10)).toEqual([]);
  });

  it('sum up, and list the newest first', () => {
    const points = new PointWindow(options);
    for (const [at, value] of [2, 9, 4].entries()) points.add(at * 1000 + 1000, [value, null]);
    expect(points.summary(0)).toEqual({ latest: 4, min: 2, max: 9 });
    expect(points.newest(2)).toEqual([
      { atMs: 3000, values: [4, null] },
      { atMs: 2000, values: [9, null] },
    ]);
    points.clear();
    expect(points.newest(2)).toEqual([]);
  });
});
