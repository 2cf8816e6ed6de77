import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blackBox, readBlackBoxes } from './black-box.ts';
import { latencies } from './latency.ts';
import { recentLatencies } from './recent-latencies.ts';
import { etaScore, scoreFraud } from './score.ts';
import { seqSet } from './seq-set.ts';

describe('a set of stream positions', () => {
  it('counts each position once and knows what another set lacks', () => {
    const sent = seqSet();
    const handled = seqSet();
    for (let seq = 1; seq <= 200_000; seq++) sent.add(seq);
    expect(sent.add(77)).toBe(false);
    for (let seq = 1; seq <= 200_000; seq++) if (seq % 1000 !== 0) handled.add(seq);
    expect(sent.size).toBe(200_000);
    expect(sent.missingIn(handled)).toBe(200);
    expect(sent.missingIn(handled, 999)).toBe(0);
    expect(sent.missingIn(handled, 1000)).toBe(1);
    expect(sent.missingIn(handled, 70_031)).toBe(70);
    expect(handled.missingIn(sent)).toBe(0);
    expect(sent.has(65_536)).toBe(true);
    expect(sent.has(200_001)).toBe(false);
  });

  it('travels as ranges of what is new', () => {
    const set = seqSet();
    for (const seq of [5, 6, 7, 9, 8]) set.add(seq);
    expect(set.takeNewRanges()).toEqual([5, 7, 9, 9, 8, 8]);
    expect(set.takeNewRanges()).toEqual([]);
    const copy = seqSet();
    copy.addRanges([5, 7, 9, 9, 8, 8]);
    expect(set.missingIn(copy)).toBe(0);
    expect(copy.size).toBe(5);
  });
});

describe('a black box', () => {
  it('holds what was noted and not reported, in the turn in which it was noted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'black-box-'));
    const box = blackBox(directory, 'eta');
    box.note(1);
    box.note(2);
    await null;
    expect(readBlackBoxes(directory, 'eta')).toEqual([1, 2]);
    const reported = box.turn();
    box.note(3);
    await null;
    expect(readBlackBoxes(directory, 'eta').sort()).toEqual([1, 2, 3]);
    reported();
    expect(readBlackBoxes(directory, 'eta')).toEqual([3]);
    expect(readBlackBoxes(directory, 'fraud')).toEqual([]);
    box.turn()();
    box.note(4);
    await null;
    expect(readBlackBoxes(directory, 'eta')).toEqual([4]);
    rmSync(directory, { recursive: true });
  });
});

describe('a latency histogram', () => {
  it('is at most two hundredths too high, from a microsecond to an hour', () => {
    for (const ms of [0.002, 0.05, 1, 3.7, 250, 61_000, 3_600_000]) {
      const histogram = latencies();
      histogram.record(ms);
      const p50 = histogram.quantileMs(0.5) as number;
      expect(p50).toBeGreaterThanOrEqual(ms);
      expect(p50).toBeLessThanOrEqual(ms * 1.02 + 0.001);
    }
  });

  it('gives quantiles, takes what another process counted, and nulls while empty', () => {
    const [one, all] = [latencies(), latencies()];
    expect(all.quantileMs(0.5)).toBeNull();
    for (let i = 1; i <= 1000; i++) one.record(i);
    all.merge(one.takeNew());
    all.merge(one.takeNew());
    expect(all.count).toBe(1000);
    expect(all.quantileMs(0.5)).toBeCloseTo(500, -1);
    expect(all.quantileMs(0.999)).toBeGreaterThanOrEqual(999);
    one.record(-5);
    expect(one.quantileMs(0)).toBeLessThan(0.01);
  });
});

describe('the scores', () => {
  it('judge fraud by what is true and what could be known', () => {
    const cheats = new Map([
      ['a', 'teleport'],
      ['b', 'two-devices'],
      ['c', 'teleport'],
    ] as const);
    const begun = new Set(['a', 'b']);
    expect(scoreFraud(new Set(['a', 'x']), { cheats, begun })).toEqual({
      precision: 0.5,
      recall: 0.5,
    });
    expect(scoreFraud(new Set(), { cheats, begun: new Set() })).toEqual({
      precision: null,
      recall: null,
    });
  });

  it('measure the first estimate of each leg against its end', () => {
    const score = etaScore();
    expect(score.medianAbsErrorS()).toBeNull();
    score.estimated('r1', 'pick-up', 1000, 61_000);
    score.estimated('r1', 'pick-up', 30_000, 55_000);
    score.ended('r1', 'pick-up', 51_000);
    score.ended('r1', 'pick-up', 99_000);
    score.ended('r2', 'pick-up', 99_000);
    expect(score.measured).toBe(1);
    expect(score.medianAbsErrorS()).toBe(10);
  });

  it('finds the middle of the errors, however large one of them is', () => {
    const score = etaScore();
    for (const [index, errorMs] of [0, 2340, 1e9, 500, 7000].entries()) {
      score.estimated(`r${index}`, 'pick-up', 1000, 2e9 - errorMs);
      score.ended(`r${index}`, 'pick-up', 2e9);
    }
    expect(score.medianAbsErrorS()).toBe(2.34);
  });
});

describe('recent latencies', () => {
  it('are those of the last five seconds, and move on second by second', () => {
    let nowMs = 10_000;
    const recent = recentLatencies(() => nowMs);
    expect(recent.quantileMs(0.5)).toBeNull();
    recent.record(100);
    nowMs += 3000;
    const other = latencies();
    other.record(1);
    recent.merge(other.takeNew());
    expect(recent.count).toBe(2);
    expect(recent.quantileMs(1)).toBeGreaterThan(99);
    nowMs += 2000; // the first second has gone
    expect(recent.count).toBe(1);
    expect(recent.quantileMs(1)).toBeLessThan(1.1);
    nowMs += 3000; // nothing has come since
    expect(recent.quantileMs(0.5)).toBeNull();
    recent.record(7);
    expect(recent.quantileMs(0.5)).toBeGreaterThan(6.9);
  });
});
