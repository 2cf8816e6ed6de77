import { expect, it } from 'vitest';
import { toHdrLog } from './hdr-log.ts';
import { Histogram } from './histogram.ts';

it('quantiles are right to a tenth of a per cent', () => {
  const histogram = new Histogram();
  for (let i = 1; i <= 100_000; i++) histogram.record(i * 1_000);
  for (const share of [0.001, 0.5, 0.9, 0.99, 0.999, 1]) {
    const right = share * 1e8;
    expect(Math.abs(histogram.quantileNs(share) - right) / right).toBeLessThan(0.001);
  }
  expect(histogram.maxNs).toBe(1e8);
  expect(histogram.count).toBe(100_000);
});

it('what several took adds up, also after a journey as JSON', () => {
  const whole = new Histogram();
  const parts = [new Histogram(), new Histogram()];
  for (let i = 1; i <= 1_000; i++) {
    whole.record(i * i);
    parts[i % 2]?.record(i * i);
  }
  const sum = new Histogram();
  for (const part of parts) sum.add(JSON.parse(JSON.stringify(part.data())));
  expect(sum.data()).toEqual(whole.data());
});

it('takes nonsense without breaking, and says NaN when it is empty', () => {
  const histogram = new Histogram();
  expect(histogram.quantileNs(0.5)).toBeNaN();
  expect(Histogram.from(undefined).data()).toEqual({ buckets: [], maxNs: 0, minNs: 0 });
  for (const ns of [0, -5, Number.NaN, 1e300]) histogram.record(ns);
  expect(histogram.count).toBe(4);
  expect(histogram.quantileNs(0.25)).toBeLessThan(1.01);
});

it('an HDR log is read back by the reader of its makers, with the same percentiles', async () => {
  const histogram = new Histogram();
  for (let i = 1; i <= 10_000; i++) histogram.record(i * 10_000);
  const hdr = await import('hdr-histogram-js');
  const { HistogramLogReader } = hdr.default ?? hdr;
  const read = new HistogramLogReader(
    await toHdrLog([{ tag: 'e2e', histogram }], 1_000_000),
  ).nextIntervalHistogram() as unknown as {
    tag: string;
    totalCount: number;
    getValueAtPercentile(percentile: number): number;
  };
  expect(read.tag).toBe('e2e');
  expect(read.totalCount).toBe(10_000);
  expect(Math.abs(read.getValueAtPercentile(99) / 99e6 - 1)).toBeLessThan(0.002);
});
