import { expect, it } from 'vitest';
import { amountOfBytes, decimal, time } from './values.ts';

it('reads numbers, times and sizes', () => {
  expect([decimal(0, 10)('0.5'), decimal(0, 1e7)('1.5M'), decimal(0, 1e7)('1,000')]).toEqual([
    0.5, 1_500_000, 1_000,
  ]);
  expect([time(1)('500ms'), time(1)('4s'), time(1)('30d')]).toEqual([500, 4_000, 2_592_000_000]);
  expect([amountOfBytes('32GiB'), amountOfBytes('500MB')]).toEqual([32 * 1024 ** 3, 5e8]);
});

it.each(['', '-1', 'NaN', 'Infinity', '1e9', '0x10', '11', '1..2', ' 1'])(
  'refuses %j as a number from 0 to 10',
  (text) => {
    expect(() => decimal(0, 10)(text)).toThrow('expected a number from 0 to 10');
  },
);

it('refuses zero where it must be above', () => {
  expect(() => decimal(0, 1, { above: true })('0')).toThrow('expected a number above 0, at most 1');
});

it.each(['0s', '4', '-4s', 'soon', 'NaNs', '99999d'])('refuses %j as a time', (text) => {
  expect(() => time(1)(text)).toThrow('expected a time from 1ms to 3650d');
});

it.each(['0', '12', '-1GiB', '1e9', 'lots', '9999999TiB'])('refuses %j as bytes', (text) => {
  expect(() => amountOfBytes(text)).toThrow('expected bytes from 1KiB to 1024TiB');
});
