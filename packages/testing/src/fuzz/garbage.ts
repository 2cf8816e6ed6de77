/** Values of every kind: those that travel, and those that no option should be. */
import type { Dice } from '../simulation/dice.ts';

/** Texts that break naive readers. */
export const TEXTS: readonly string[] = [
  '',
  ' ',
  '.',
  '*',
  '>',
  '_',
  '$',
  '{',
  '}',
  '{id}',
  '{__proto__}',
  '{constructor}',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\r\n',
  '\ud800',
  '\u202e',
  'ß',
  '🙂',
  '%',
  '%zz',
  '%ff',
  'a.b',
  '-1',
  '1e999',
  '30s',
  '0s',
  '999999999999999d',
  '1.5s',
  '64KiB',
  'NaN',
  'orders.placed.{orderId}',
  'x'.repeat(300),
];

/** A value that msgpack and JSON both carry. */
export function plainValue(dice: Dice, depth = 0): unknown {
  switch (dice.between(0, depth > 4 ? 4 : 6)) {
    case 0:
      return null;
    case 1:
      return dice.chance(0.5);
    case 2:
      return dice.pick([
        0,
        1,
        -1,
        127,
        128,
        255,
        256,
        65_535,
        65_536,
        2 ** 31,
        -(2 ** 31),
        1.5,
        1e300,
      ]);
    case 3:
      return dice.between(-1e9, 1e9);
    case 4:
      return dice.chance(0.5) ? wellFormed(dice) : 'x'.repeat(dice.between(0, 70));
    case 5:
      return Array.from({ length: dice.between(0, 5) }, () => plainValue(dice, depth + 1));
    default: {
      const fields: Record<string, unknown> = {};
      for (let count = dice.between(0, 5); count > 0; count--)
        fields[`f${dice.between(0, 9)}`] = plainValue(dice, depth + 1);
      return fields;
    }
  }
}

/** Anything at all, objects that throw when they are read among it. */
export function garbage(dice: Dice, depth = 0): unknown {
  switch (dice.between(0, depth > 2 ? 9 : 14)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return dice.chance(0.5);
    case 3:
      return dice.pick([0, -0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1e308]);
    case 4:
    case 5:
      return dice.pick(TEXTS);
    case 6:
      return dice.pick([10n, Symbol('s'), Symbol.iterator]);
    case 7:
      return dice.pick([() => {}, () => garbage, class {}, async () => {}, Math.max]);
    case 8:
      return dice.pick([new Date(), new Date(Number.NaN), /x/, new Map(), new Set([1])]);
    case 9:
      return dice.pick<unknown>([Object.create(null), new Uint8Array(3), new Error('e'), []]);
    case 10:
      return new Proxy({}, { get: () => undefined, ownKeys: () => [] });
    case 11:
    case 12:
      return Array.from({ length: dice.between(0, 4) }, () => garbage(dice, depth + 1));
    default: {
      const fields: Record<string, unknown> = {};
      for (let count = dice.between(0, 4); count > 0; count--)
        Object.defineProperty(fields, dice.pick(TEXTS), {
          value: garbage(dice, depth + 1),
          enumerable: true,
          configurable: true,
        });
      return fields;
    }
  }
}

function wellFormed(dice: Dice): string {
  const text = dice.pick(TEXTS);
  return text === '\ud800' ? '' : text;
}
