import type { Subscription } from '../bus.ts';

/** The places that a worker has for messages, and what it tells its subscription of them. */
export class Room {
  readonly #places: number;
  #subscription: Subscription | undefined;
  /** Places that became free before the subscription was handed over. */
  #early = 0;
  /** Places that the subscription was given on top. */
  #extra = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Hands over the subscription that places are released to. */
  begin(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#early > 0) subscription.release(this.#early);
  }

  /** Places became free. */
  free(places: number): void {
    if (this.#subscription === undefined) this.#early += places;
    else this.#subscription.release(places);
  }

  /**
   * Makes up for messages that wait in lanes behind others: they cannot run, and must not take the room of what could. Once
   * they fill more than a quarter of it the worker takes as many more messages as wait beyond that, but never more than twice
   * its room in all: past that, lanes that move wait for those that do not.
   */
  fit(waiting: number): void {
    const beyond = waiting - Math.floor(this.#places / 4);
    const extra = Math.min(this.#places, Math.max(0, beyond));
    if (extra === this.#extra || this.#subscription === undefined) return;
    const more = extra - this.#extra;
    this.#extra = extra;
    this.#subscription.widen(more);
  }
}
