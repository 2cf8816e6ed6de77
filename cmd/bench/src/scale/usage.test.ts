import { expect, it } from 'vitest';
import { parseHeap, parseIo, parseResident, quantile } from './usage.ts';

it('reads what a process sent, received and wrote', () => {
  const text = 'rchar: 10\nwchar: 20\nsyscr: 1\nsyscw: 2\nread_bytes: 30\nwrite_bytes: 40\n';
  expect(parseIo(text)).toEqual({ inBytes: 10, outBytes: 20, diskBytes: 40 });
});

it('reads resident memory and the live heap of a server', () => {
  expect(parseResident('Name:\tx\nVmRSS:\t    1024 kB\nThreads:\t1\n')).toBe(1_048_576);
  expect(parseHeap('# Alloc = 5\n# HeapAlloc = 755392\n# HeapSys = 7\n')).toBe(755_392);
  expect(parseHeap('404 page not found')).toBeNaN();
});

it('finds quantiles, and none of nothing', () => {
  const values = [5, 1, 4, 2, 3];
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile([], 0.5)]).toEqual([
    3,
    5,
    Number.NaN,
  ]);
});
