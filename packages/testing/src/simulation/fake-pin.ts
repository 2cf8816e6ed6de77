/**
 * The pin of a consumer with the policy `pinned_client` (server/consumer.go of 2.15): who is given a message while there is none
 * gets a new one. A request that names it renews it; one that names none waits for its turn; any other is refused. It is gone
 * when it is not renewed in time, when it is taken back, and with the server that gave it.
 */
import type { Timeline } from './timeline.ts';

/** A request, as far as its pin goes. The first of an owner names none until it is given one. */
export interface Pinned {
  pin: string;
}

/** See the head of this file. */
export class FakePin {
  readonly #timeline: Timeline;
  readonly #timeoutMs: number;
  readonly #ignored: boolean;
  readonly #expired: () => void;
  #current = '';
  #count = 0;
  #cancel: (() => void) | undefined;

  constructor(timeline: Timeline, timeoutMs: number, ignored: boolean, expired: () => void) {
    this.#timeline = timeline;
    this.#timeoutMs = timeoutMs;
    this.#ignored = ignored;
    this.#expired = expired;
  }

  /** Empty while nobody has it. */
  get current(): string {
    return this.#current;
  }

  /** Whether a request that has just come may wait at all. */
  accepts({ pin }: Pinned): boolean {
    if (this.#current === '' || pin === '' || this.#ignored) return true;
    if (pin !== this.#current) return false;
    this.#renew();
    return true;
  }

  /** Whether a waiting request may have a message now. */
  admit(request: Pinned): 'yes' | 'not yet' | 'no' {
    if (this.#current === '') {
      if (request.pin !== '') return 'no';
      this.#current = `pin-${++this.#count}`;
      request.pin = this.#current;
      this.#renew();
      return 'yes';
    }
    if (request.pin === this.#current || this.#ignored) return 'yes';
    return request.pin === '' ? 'not yet' : 'no';
  }

  clear(): void {
    this.#current = '';
    this.#cancel?.();
  }

  #renew(): void {
    this.#cancel?.();
    this.#cancel = this.#timeline.after(this.#timeoutMs, () => {
      this.clear();
      this.#expired();
    });
  }
}
