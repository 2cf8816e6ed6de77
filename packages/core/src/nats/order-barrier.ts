/**
 * Keeps the order of keys when deliveries may have been lost on their way: on a connection that broke, in a process that
 * died, at a server that handed its consumers over.
 *
 * The server delivers those again only after the ack wait; what it had not delivered before comes at once, and would
 * overtake them. So nothing is pulled until one of these holds:
 * - every message that was delivered when the barrier rose is acked: nothing was lost;
 * - one ack wait has passed: from then on the server delivers what is missing before anything new, though in no order
 *   (those that it knew to be undelivered come first). The puller gathers them all before it hands one over.
 * Both count from when the server serves none of the lost connection's requests any more, which is at once where it
 * knows that the connection is gone, and else when they expire. The last is the bound, as soon as the server says how far it
 * had come: a barrier that rises again before a message was pulled keeps it.
 */

import { type Clock, realClock } from '../clock.ts';

/** How far a consumer has come. */
export interface Standing {
  /** Stream sequence up to which everything is acked. */
  readonly ackFloor: number;
  /** Stream sequence of the last message delivered. */
  readonly delivered: number;
  /** Messages delivered and not settled, over all processes; those that were given back are among them. */
  readonly ackPending: number;
  /** Pull requests that the server would still serve. */
  readonly waiting: number;
  /** The server that leads the consumer; undefined where there is only one. */
  readonly leader: string | undefined;
}

/** What a barrier asks and tells. */
export interface OrderBarrierOptions {
  readonly ackWaitMs: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Asks the server. */
  look(): Promise<Standing>;
  /**
   * Called after the first look of a process that has just begun, when something is out and nobody pulls: it may have been
   * given back, and can come at once. The barrier stays up.
   */
  behind(standing: Standing): void;
  /** Nothing was lost: called when the barrier has come down. */
  lifted(): void;
  /** Called when it has come down because the ack wait is over: messages up to `deliveredBefore` may be missing. */
  overdue(deliveredBefore: number): void;
}

/** Before the first look: the server must have noticed that the old connection takes no more deliveries. */
const LOOK_MS = 250;
/** The server may notice a broken connection, and overdue acks, a moment late. */
const ACK_WAIT_SLACK_MS = 500;

/** A server that takes over looks after overdue acks for the first time up to 1.5 s later. */
const TAKE_OVER_MS = 2_000;

/** See the head of this file. */
export class OrderBarrier {
  readonly #options: OrderBarrierOptions;
  readonly #clock: Clock;
  #rise: Rise | undefined;

  constructor(options: OrderBarrierOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  get up(): boolean {
    return this.#rise !== undefined;
  }

  /**
   * Rises; where it is up, another server may have taken over. `firstLookMs` is 0 where no connection of this process can have
   * taken anything. Until `servedUntilMs`, by the monotonic clock, the server may go on serving requests of a connection that
   * it does not know to be gone, and what it sends there is lost as well.
   */
  raise(firstLookMs = LOOK_MS, servedUntilMs = 0): void {
    const nowMs = this.#clock.monotonic();
    if (this.#rise !== undefined) {
      this.#rise.takenOverMs = nowMs;
      return;
    }
    const isFirst = firstLookMs === 0;
    this.#rise = { lostMs: nowMs, takenOverMs: nowMs, servedUntilMs, isFirst };
    this.#lookIn(this.#rise, firstLookMs);
  }

  /** Comes down without a word. */
  stop(): void {
    this.#rise?.cancelLook?.();
    this.#rise = undefined;
  }

  #lookIn(rise: Rise, delayMs: number): void {
    rise.cancelLook = this.#clock.after(delayMs, () => void this.#look(rise));
  }

  /** An answer may come when its rise is over. */
  async #look(rise: Rise): Promise<void> {
    const standing = await this.#options.look().catch(() => undefined);
    if (this.#rise !== rise) return;
    const nowMs = this.#clock.monotonic();
    if (standing !== undefined && standing.waiting > 0 && nowMs < rise.servedUntilMs) {
      rise.lostMs = nowMs;
      return this.#lookIn(rise, LOOK_MS);
    }
    if (standing !== undefined && standing.leader !== rise.leader) {
      rise.leader = standing.leader;
      rise.takenOverMs = nowMs;
    }
    rise.deliveredBefore ??= standing?.delivered;
    const looksFirst = rise.isFirst && standing !== undefined;
    if (looksFirst) rise.isFirst = false;
    const before = rise.deliveredBefore;
    const overdueMs = rise.lostMs + this.#options.ackWaitMs + ACK_WAIT_SLACK_MS;
    const leftMs = Math.max(overdueMs, rise.takenOverMs + TAKE_OVER_MS) - nowMs;
    if (standing !== undefined && before !== undefined && standing.ackFloor >= before) {
      this.stop();
      this.#options.lifted();
    } else if (standing !== undefined && before !== undefined && leftMs <= 0) {
      this.stop();
      this.#options.overdue(before);
    } else {
      if (looksFirst && standing.waiting === 0) this.#options.behind(standing);
      this.#lookIn(rise, leftMs > 0 ? Math.min(LOOK_MS, leftMs) : LOOK_MS);
    }
  }
}

interface Rise {
  /** Whether its first look is that of a process that has just begun. */
  isFirst: boolean;
  /** When anything can have been lost last. */
  lostMs: number;
  readonly servedUntilMs: number;
  /** When another server may have taken over last. */
  takenOverMs: number;
  leader?: string | undefined;
  /** As the first look found it. */
  deliveredBefore?: number | undefined;
  cancelLook?: () => void;
}
