/** Every so many-th task is poison, beginning with a number. */
export interface Poison {
  readonly every: number;
  readonly from: number;
  /** No more than this many. Default: no limit. */
  readonly max?: number;
  /**
   * `throws`: each time. `throws-once`: at its first attempt. `kills-last`: throws, and from the last attempt on kills its process. `rejects`: gives up at once.
   * `blocks`: its first attempt blocks the event loop for three ack waits, and then goes on as if nothing had been.
   */
  readonly how: 'throws' | 'throws-once' | 'kills-last' | 'rejects' | 'blocks';
}

/** Whether the task of this number is poison. */
export function isPoison(number: number, poison: Poison | undefined): boolean {
  if (poison === undefined) return false;
  const nth = (number - poison.from) / poison.every;
  return Number.isInteger(nth) && nth >= 0 && nth < (poison.max ?? Number.POSITIVE_INFINITY);
}

/** How many of the tasks below `count` are poison. */
export function poisonAmong(count: number, poison: Poison): number {
  const { every, from, max = Number.POSITIVE_INFINITY } = poison;
  return count <= from ? 0 : Math.min(max, Math.ceil((count - from) / every));
}
