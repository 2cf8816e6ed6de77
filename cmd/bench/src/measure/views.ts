/**
 * Who looks at what in a fan-out: each viewer at a few keys next to one another, as a page looks at some cells of a map, and
 * all of them spread evenly over the keys. Pure.
 */

/** Keys that one viewer looks at: a cell and its six neighbours. */
export const KEYS_OF_A_VIEWER = 7;

/** How many look at each key, by the number of the key. */
export function viewersByKey({ viewers, keys }: Views): number[] {
  const looking = Array.from({ length: keys }, () => 0);
  for (let viewer = 0; viewer < viewers; viewer++) {
    const first = Math.floor((viewer * keys) / viewers);
    for (let i = 0; i < Math.min(KEYS_OF_A_VIEWER, keys); i++)
      looking[(first + i) % keys] = (looking[(first + i) % keys] as number) + 1;
  }
  return looking;
}

/** How often messages `from` to `to` (not included) of a round are seen, whose keys take turns. */
export function viewsOf(views: Views, from: number, to: number): number {
  const looking = viewersByKey(views);
  let seen = 0;
  for (let n = from; n < to; n++) seen += looking[n % views.keys] as number;
  return seen;
}

/** How many look, at how many keys in all. */
export interface Views {
  readonly viewers: number;
  readonly keys: number;
}
