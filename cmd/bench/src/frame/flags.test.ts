import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytes, duration, integer, resultFile } from './flags.ts';

it('counts may be written with separators and suffixes', () => {
  const parse = integer(1, 10_000_000);
  expect(['1', '20_000', '20,000', '20k', '1.5k', '2M'].map(parse)).toEqual([
    1, 20_000, 20_000, 20_000, 1_500, 2_000_000,
  ]);
  for (const wrong of ['', '0', '-1', '1.5', 'abc', '1e3', '11M', 'k'])
    expect(() => parse(wrong), wrong).toThrow('expected a whole number from 1 to 10000000.');
});

it('durations carry a unit', () => {
  const parse = duration(100);
  expect(['100ms', '10s', '1.5m', '24h'].map(parse)).toEqual([100, 10_000, 90_000, 86_400_000]);
  for (const wrong of ['10', '', 's', '-1s', '10d', '1 s'])
    expect(() => parse(wrong), wrong).toThrow("expected a duration such as '500ms'");
  expect(() => parse('99ms')).toThrow('from 100ms to 24h');
  expect(() => parse('25h')).toThrow('from 100ms to 24h');
});

it('sizes are bytes, or in powers of 1000 or 1024', () => {
  const parse = bytes(96);
  expect(['96', '4k', '4KB', '4KiB', '1MiB'].map(parse)).toEqual([
    96,
    4_000,
    4_000,
    4_096,
    2 ** 20,
  ]);
  for (const wrong of ['95', '1', '1GB', '-1', '1.5k', 'x'])
    expect(() => parse(wrong), wrong).toThrow('expected bytes from 96');
});

it('a file of results is one that can be written, which is known before anything is measured', () => {
  const file = join(tmpdir(), 'jetlane-no-such-file.csv');
  expect(resultFile(file)).toBe(file);
  expect(() => resultFile(tmpdir())).toThrow('that is a folder');
  expect(() => resultFile(join(file, 'x.csv'))).toThrow(`the folder ${file} is not there`);
});
