import type { LabelText } from './label.ts';

/** Words beside a mark. */
export interface Marked {
  readonly words: string;
  /** The middle of the mark. */
  readonly x: number;
  readonly y: number;
  /** From there to the words. */
  readonly gapPx: number;
}

/** Where its words go. */
export type LabelPlace = Pick<LabelText, 'x' | 'y' | 'before'>;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** Taken for each bold letter of 11 px: words are not measured. */
const LETTER_PX = 7;
const LINE_PX = 13;

/** Places for the words of one frame, none on another: behind the mark, before it, or a line higher or lower. */
export class LabelPlaces {
  readonly #widthPx: number;
  readonly #taken: Box[] = [];

  constructor(widthPx: number) {
    this.#widthPx = widthPx;
  }

  /** Undefined where none is left: the mark stays without words. */
  take({ words, x, y, gapPx }: Marked): LabelPlace | undefined {
    const lengthPx = words.length * LETTER_PX;
    for (const shift of [0, -LINE_PX, LINE_PX]) {
      for (const before of [false, true]) {
        const at = before ? x - gapPx : x + gapPx;
        const left = before ? at - lengthPx : at;
        const box = { left, right: left + lengthPx, y: y + shift };
        if (left < 0 || box.right > this.#widthPx) continue;
        if (this.#taken.some((other) => overlap(box, other))) continue;
        this.#taken.push(box);
        return { x: at, y: box.y, before };
      }
    }
    return undefined;
  }
}

function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.y - b.y) < LINE_PX && a.left < b.right && b.left < a.right;
}
