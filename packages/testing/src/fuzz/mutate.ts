/** Structure-aware damage: what is done to valid bytes and texts so that they are nearly valid. */
import type { Dice } from '../simulation/dice.ts';

/** Between none and a few changes: flipped, dropped, doubled, cut off, or replaced by what parsers trip over. */
export function mutateBytes(bytes: Uint8Array, dice: Dice): Uint8Array {
  let result = bytes;
  for (let changes = dice.between(0, 4); changes > 0; changes--) result = changed(result, dice);
  return result;
}

/** The same of a text, by its characters. */
export function mutateText(text: string, dice: Dice, words: readonly string[]): string {
  let result = text;
  for (let changes = dice.between(0, 4); changes > 0; changes--) {
    const at = dice.between(0, result.length);
    const end = Math.min(result.length, at + dice.between(0, 8));
    const word = dice.chance(0.7) ? dice.pick(words) : '';
    result = result.slice(0, at) + word + result.slice(dice.chance(0.5) ? at : end);
  }
  return dice.chance(0.1) ? result.slice(0, dice.between(0, result.length)) : result;
}

/** Bytes of any value. */
export function randomBytes(dice: Dice, lengthMax: number): Uint8Array {
  return Uint8Array.from({ length: dice.between(0, lengthMax) }, () => dice.between(0, 255));
}

/** Lengths that overflow, tokens of every family, halves of characters. */
const TRICKY = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xc1, 0xc4, 0xc7, 0xc9, 0xca, 0xcf, 0xd3, 0xd6];
const MORE_TRICKY = [0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff, 0x22, 0x5b, 0x5c, 0x7b, 0x0d];

function changed(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.between(0, bytes.length);
  const end = Math.min(bytes.length, at + dice.between(1, 8));
  switch (dice.between(0, 5)) {
    case 0: {
      const copy = Uint8Array.from(bytes);
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << dice.between(0, 7));
      return copy;
    }
    case 1:
      return bytes.slice(0, at);
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 3:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    case 4:
      return joined(bytes.subarray(0, at), randomBytes(dice, 4), bytes.subarray(at));
    default: {
      const copy = Uint8Array.from(bytes);
      if (at < copy.length) copy[at] = dice.pick([...TRICKY, ...MORE_TRICKY]);
      return copy;
    }
  }
}

/** One after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
