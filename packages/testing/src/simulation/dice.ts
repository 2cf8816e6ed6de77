import { seededRandom } from '../random.ts';

/** All chance of one simulated run, from one seed. Its parts throw dice of their own, so that one does not disturb another. */
export class Dice {
  readonly #seed: number;
  readonly #next: () => number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#next = seededRandom(seed);
  }

  /** Dice of a part of the run: the same name gives the same throws. */
  of(name: string): Dice {
    let mixed = this.#seed ^ 0x811c9dc5;
    for (let at = 0; at < name.length; at++)
      mixed = Math.imul(mixed ^ name.charCodeAt(at), 0x01000193);
    return new Dice(mixed ^ (mixed >>> 15));
  }

  /** A number in [0, 1). */
  next(): number {
    return this.#next();
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)] as T;
  }
}
