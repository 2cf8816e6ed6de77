/** Every so many-th task is poison, beginning with a number. */
export interface Poison {
  readonly every: number;
  readonly from: number;
  /**
   * Its handler throws each time; throws, and from the last attempt on kills its process; or rejects it at once.
   */
  readonly how: 'throws' | 'kills-last' | 'rejects';
}

/** Whether the task of this number is poison. */
export function isPoison(number: number, poison: Poison | undefined): boolean {
  return (
    poison !== undefined && number >= poison.from && (number - poison.from) % poison.every === 0
  );
}

/** How many of the tasks below `count` are poison. */
export function poisonAmong(count: number, { every, from }: Poison): number {
  return count <= from ? 0 : Math.ceil((count - from) / every);
}
