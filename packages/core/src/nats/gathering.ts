/**
 * Waits for what the last owner of a partition left behind. The server delivers that again only when its ack wait is over, and
 * in no order; so what arrives is kept until the server waits for no more acks than this process holds messages. Then nothing
 * is missing, and all of it is handed over in the order of the queue.
 */
import type { Clock } from '../clock.ts';
import type { PartitionDelivery } from './partition-delivery.ts';

/** What a gathering asks and tells. */
export interface GatheringOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly ackWaitMs: number;
  /** How long a handler of the last owner may still run. */
  readonly timeoutMs: number;
  /** The pin under which this process gathers. */
  readonly pin: string;
  /** How the server sees the partition. */
  look(): Promise<PartitionStanding>;
  /**
   * How many messages this process holds that were delivered under this pin, and how many it has settled so far. What came
   * under an earlier one may be another's by now, so it is waited for.
   */
  standing(): { readonly held: number; readonly settled: number };
  /** Asks the server for so many messages, those that nobody holds before new ones. */
  fetch(count: number): void;
  /** Called once, with everything that was kept. */
  complete(kept: readonly PartitionDelivery[]): void;
  /** The pin is another's, or nobody's. */
  lost(): void;
}

/** How the durable of a partition stands. */
export interface PartitionStanding {
  /** Messages delivered and not acked, over all processes. */
  readonly ackPending: number;
  /** The pin that counts; empty while nobody has it. */
  readonly pin: string;
}

const LOOKS_MS = [10, 20, 50, 100, 250];
/** The server may notice overdue acks a moment late. */
const ACK_WAIT_SLACK_MS = 500;
/** How often what is kept renews its ack wait, in a share of it. */
const RENEWALS = 4;

/** See the head of this file. */
export class Gathering {
  readonly #options: GatheringOptions;
  /** Since when the server answers: time in which it could not deliver anything does not count. */
  #startMs: number;
  #kept: PartitionDelivery[] = [];
  #renewedMs: number;
  #looks = 0;
  #fetched = false;
  #cancel: (() => void) | undefined;
  #over = false;

  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#renewedMs = this.#startMs;
    this.#lookLater();
  }

  /** Keeps a message; one that came before is replaced. */
  keep(delivery: PartitionDelivery): void {
    this.forget(delivery.queueSeq);
    this.#kept.push(delivery);
  }

  /** The message at this position is done: it came before, too. */
  forget(queueSeq: number): void {
    this.#kept = this.#kept.filter((kept) => kept.queueSeq !== queueSeq);
  }

  /** Ends without handing over: what was kept is for the caller to settle, in order. */
  stop(): readonly PartitionDelivery[] {
    this.#over = true;
    this.#cancel?.();
    return this.#kept.sort((a, b) => a.queueSeq - b.queueSeq);
  }

  #lookLater(): void {
    const delayMs = LOOKS_MS[Math.min(this.#looks++, LOOKS_MS.length - 1)] as number;
    this.#cancel = this.#options.clock.after(delayMs, () => void this.#look());
  }

  /** What was held when the server was asked is among what it waits for, unless it was settled since. */
  async #look(): Promise<void> {
    const before = this.#options.standing();
    const standing = await this.#options.look().catch(() => undefined);
    if (this.#over) return;
    if (standing === undefined) this.#startMs = this.#options.clock.monotonic();
    else if (standing.pin !== this.#options.pin) return this.#options.lost();
    else {
      const settled = this.#options.standing().settled - before.settled;
      const missing = standing.ackPending - (before.held - settled);
      const tookMs = this.#options.clock.monotonic() - this.#startMs;
      // By then the last owner has given up on its handlers, whatever the server says.
      const endMs = this.#options.timeoutMs + 3 * this.#options.ackWaitMs;
      if (missing <= 0 || tookMs > endMs) return this.#options.complete(this.stop());
      this.#fetch(missing, tookMs);
    }
    this.#renew();
    this.#lookLater();
  }

  /** It may be there already; else it comes when its ack wait is over, and then before anything new. */
  #fetch(missing: number, tookMs: number): void {
    const overdue = tookMs > this.#options.ackWaitMs + ACK_WAIT_SLACK_MS;
    if (this.#fetched && !overdue) return;
    this.#fetched = true;
    this.#options.fetch(missing);
  }

  #renew(): void {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#renewedMs < this.#options.ackWaitMs / RENEWALS) return;
    this.#renewedMs = nowMs;
    for (const delivery of this.#kept) delivery.working();
  }
}
