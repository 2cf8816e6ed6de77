/**
 * Keeps the order of keys when deliveries may have been lost on their way, as on a connection that broke.
 *
 * The server delivers those again only after the ack wait; what it had not delivered before comes at once, and would
 * overtake them. So nothing is pulled until nothing can be missing, which is so as soon as one of these holds:
 * - the server waits for no more acks than this process holds messages, over all processes;
 * - every message that was delivered when the barrier rose is acked;
 * - one ack wait has passed: from then on the server delivers what is missing first, and in order.
 * The last is the bound: a barrier that rises again before a message was pulled keeps it.
 */

/** How far a consumer has come. */
export interface Standing {
  /** Messages delivered and not acked, over all processes. */
  readonly ackPending: number;
  /** Stream sequence up to which everything is acked. */
  readonly ackFloor: number;
  /** Stream sequence of the last message delivered. */
  readonly delivered: number;
}

/** What a barrier asks and tells. */
export interface OrderBarrierOptions {
  readonly ackWaitMs: number;
  /** Asks the server. */
  look(): Promise<Standing>;
  /** How many messages this process holds now. */
  held(): number;
  /** Called when the barrier has come down. */
  lifted(): void;
}

/** Also before the first look: the server must have noticed that the old connection takes no more deliveries. */
const LOOK_MS = 250;
/** The server may notice a broken connection, and overdue acks, a moment late. */
const ACK_WAIT_SLACK_MS = 500;

/** See the head of this file. */
export class OrderBarrier {
  readonly #options: OrderBarrierOptions;
  #limit: NodeJS.Timeout | undefined;
  #nextLook: NodeJS.Timeout | undefined;
  #deliveredBefore: number | undefined;

  constructor(options: OrderBarrierOptions) {
    this.#options = options;
  }

  get up(): boolean {
    return this.#limit !== undefined;
  }

  /** Rises, unless it is up. */
  raise(): void {
    if (this.up) return;
    this.#deliveredBefore = undefined;
    const rise = setTimeout(() => this.#lift(), this.#options.ackWaitMs + ACK_WAIT_SLACK_MS);
    this.#limit = rise;
    this.#nextLook = setTimeout(() => void this.#look(rise), LOOK_MS);
  }

  /** Comes down without a word. */
  stop(): void {
    clearTimeout(this.#limit);
    clearTimeout(this.#nextLook);
    this.#limit = undefined;
  }

  #lift(): void {
    this.stop();
    this.#options.lifted();
  }

  /** `rise` tells this rise from later ones: an answer may come when it is over. */
  async #look(rise: NodeJS.Timeout): Promise<void> {
    const standing = await this.#options.look().catch(() => undefined);
    if (this.#limit !== rise) return;
    if (standing !== undefined && this.#complete(standing)) return this.#lift();
    this.#nextLook = setTimeout(() => void this.#look(rise), LOOK_MS);
  }

  #complete({ ackPending, ackFloor, delivered }: Standing): boolean {
    this.#deliveredBefore ??= delivered;
    return ackPending <= this.#options.held() || ackFloor >= this.#deliveredBefore;
  }
}
