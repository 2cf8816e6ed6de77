/**
 * The bytes that a puller may have out: asked for, or with the worker. Pure.
 *
 * A request names at most half of them, so that two can be open at once, and none is sent for less than a quarter. The server
 * ends a request when the next message does not fit into what is left of it, and says how much that was; from then on only
 * a larger one is sent, and where even all of it would not do, one for a single message without a limit, while nothing else is out.
 */
export class ByteRoom {
  readonly #max: () => number;
  #held = 0;
  /** The next message is larger than this. */
  #refused = 0;

  constructor(max: () => number) {
    this.#max = max;
  }

  /** A message came. */
  take(bytes: number): void {
    this.#held += bytes;
    this.#refused = 0;
  }

  /** A message was let go of. */
  give(bytes: number): void {
    this.#held -= bytes;
  }

  /** The server ended a request because the next message is larger than what was left of it. */
  refuse(leftBytes: number): void {
    this.#refused = Math.max(this.#refused, leftBytes);
  }

  /**
   * How many bytes the next request may bring; `'one'` when it may bring one message of any size; undefined when none is to be
   * sent before something is let go of, or comes.
   *
   * @param openBytes what open requests may still bring
   * @param requestMax what a single request may name
   */
  next(openBytes: number, requestMax: number): number | 'one' | undefined {
    const max = this.#max();
    const out = this.#held + openBytes;
    if (this.#refused >= Math.min(max, requestMax)) return out === 0 ? 'one' : undefined;
    const free = max - out;
    if (free < max / 4 || free <= this.#refused) return undefined;
    const wanted = this.#refused > 0 ? free : Math.min(free, max / 2);
    return Math.max(1, Math.ceil(Math.min(wanted, requestMax)));
  }
}
