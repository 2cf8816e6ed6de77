/**
 * Notices when the event loop stands still. While it does, nothing is heartbeated, and after an ack wait the server gives to
 * others what this process holds. One timer a client, and one look at the clock after each call of a handler, so that a
 * call that blocked can be told from what merely ran at the same time.
 */
import { diagnostics, type Running } from './diagnostics.ts';

/** A worker, as its watchdog sees it. */
export interface Watched {
  readonly ackWaitMs: number;
  /** What runs now; undefined when nothing does. */
  running(): Running | undefined;
}

/** See the head of this file. */
export class Watchdog {
  readonly #watched = new Set<Watched>();
  #thresholdMs = Number.POSITIVE_INFINITY;
  #everyMs = EVERY_MAX_MS;
  #timer: NodeJS.Timeout | undefined;
  #tickMs = performance.now();
  #tickBeforeMs = this.#tickMs;
  /** When the loop was last seen to turn, between ticks too. */
  #seenMs = this.#tickMs;
  #blocking: Running | undefined;
  #warned = false;

  /**
   * A time, by the monotonic clock, before whatever is read from the network now was sent: what arrives after a block may
   * have waited as long as the block took.
   */
  get beforeMs(): number {
    return this.#tickBeforeMs;
  }

  /** Watches for blocks of more than a third of the shortest ack wait, until the result is called. */
  watch(watched: Watched): () => void {
    this.#watched.add(watched);
    this.#adjust();
    return () => {
      this.#watched.delete(watched);
      this.#adjust();
    };
  }

  /**
   * A handler has returned, or given a promise: whatever blocked since the last sign of life was this call, if anything. Gives the time
   * by the monotonic clock, for whoever needs it too.
   */
  returned(worker: string, messages: readonly { readonly type: string }[]): number {
    const nowMs = performance.now();
    if (nowMs - this.#seenMs > this.#thresholdMs)
      this.#blocking ??= { worker, types: typesOf(messages) };
    this.#seenMs = nowMs;
    return nowMs;
  }

  /** Ends. */
  stop(): void {
    this.#watched.clear();
    this.#adjust();
  }

  #adjust(): void {
    let ackWaitMs = Number.POSITIVE_INFINITY;
    for (const watched of this.#watched) ackWaitMs = Math.min(ackWaitMs, watched.ackWaitMs);
    if (ackWaitMs / 3 === this.#thresholdMs) return;
    this.#thresholdMs = ackWaitMs / 3;
    this.#everyMs = Math.min(EVERY_MAX_MS, Math.max(EVERY_MIN_MS, this.#thresholdMs / 4));
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#watched.size === 0) return;
    this.#tickMs = performance.now();
    this.#tickBeforeMs = this.#tickMs;
    this.#timer = setInterval(() => this.#tick(), this.#everyMs).unref();
  }

  #tick(): void {
    const nowMs = performance.now();
    const lateMs = nowMs - this.#tickMs - this.#everyMs;
    if (lateMs > this.#thresholdMs) this.#report(Math.round(lateMs));
    this.#blocking = undefined;
    this.#tickBeforeMs = this.#tickMs;
    this.#tickMs = nowMs;
    this.#seenMs = nowMs;
  }

  #report(durationMs: number): void {
    const blocking = this.#blocking;
    const running: Running[] = [];
    for (const watched of this.#watched) {
      const now = watched.running();
      if (now !== undefined) running.push(now);
    }
    if (diagnostics.block.hasSubscribers)
      diagnostics.block.publish({ durationMs, ...(blocking && { blocking }), running });
    else if (!this.#warned) {
      this.#warned = true;
      process.emitWarning(wordsFor(durationMs, blocking === undefined ? running : [blocking]), {
        code: 'JETLANE_LOOP_BLOCKED',
      });
    }
  }
}

const EVERY_MIN_MS = 10;
const EVERY_MAX_MS = 1_000;
const TYPES_MAX = 10;

/** The different types among messages, at most ten. */
export function typesOf(messages: Iterable<{ readonly type: string }>): string[] {
  const types = new Set<string>();
  for (const { type } of messages) {
    if (types.size === TYPES_MAX) break;
    types.add(type);
  }
  return [...types];
}

function wordsFor(durationMs: number, running: readonly Running[]): string {
  const who = running.map(({ worker, types }) => `worker '${worker}' (${types.join(', ')})`);
  const [during, cure] =
    who.length === 0
      ? ['no handler ran', 'see what else this process, or this machine, is busy with']
      : [`${who.join(' and ')} ran`, 'move long computations to a worker thread'];
  return `the event loop stood still for ${durationMs} ms while ${during}: past an 'ackWait' the server gives messages to others; ${cure}, or listen to diagnostics.block`;
}
