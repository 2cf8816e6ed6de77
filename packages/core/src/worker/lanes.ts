/**
 * Lanes: at most one item of a key runs at a time, in the order given; different keys run side by side.
 *
 * The map holds busy keys only, by the item at the head. Items of one key are linked to one another, and the head knows the
 * last; keys that may run wait in a queue and take turns, so a hot key cannot keep a cold one waiting for more than one
 * item each. A million idle keys cost nothing.
 */
export interface Laned {
  /** The next item of the same lane; kept by the lanes. */
  next: Laned | undefined;
  /** Of the item at the head: the last one of its lane; kept by the lanes. */
  last: Laned | undefined;
}

/** The lanes of one worker. */
export interface Lanes<T extends Laned> {
  /** Puts an item at the end of its lane. It is handed to `start` at once when the lane is free. */
  push(key: string, item: T): void;
  /** The item at the head of this lane is done: the next one may run. */
  done(key: string): void;
  /** The item whose turn it is in this lane. */
  head(key: string): T | undefined;
  /** Lanes with something running or waiting. */
  readonly busy: number;
  /** Items behind the first of their lane. */
  readonly waiting: number;
}

/** The items behind this one in its lane, those that come while it is walked included. */
export function* followers<T extends Laned>(item: T): Generator<T> {
  for (let next = item.next; next !== undefined; next = next.next) yield next as T;
}

/** Makes lanes that hand the item at the head of each lane to `start`; those that are over by then are passed over. */
export function lanes<T extends Laned>(
  start: (item: T) => void,
  isOver: (item: T) => boolean = () => false,
): Lanes<T> {
  const heads = new Map<string, T>();
  let waiting = 0;
  return {
    push(key, item) {
      const head = heads.get(key);
      if (head === undefined) {
        item.last = item;
        heads.set(key, item);
        start(item);
        return;
      }
      (head.last as Laned).next = item;
      head.last = item;
      waiting++;
    },
    done(key) {
      let head = heads.get(key);
      for (
        let next = head?.next as T | undefined;
        head && next;
        next = head.next as T | undefined
      ) {
        waiting--;
        next.last = head.last;
        // What is done must not keep what comes after it alive.
        head.next = undefined;
        head.last = undefined;
        heads.set(key, next);
        if (!isOver(next)) return start(next);
        head = next;
      }
      heads.delete(key);
    },
    head: (key) => heads.get(key),
    get waiting() {
      return waiting;
    },
    get busy() {
      return heads.size;
    },
  };
}
