import type { Bus } from '../bus.ts';
import { toRecord, wordsOf } from '../dead-letters/record.ts';
import { diagnostics } from '../diagnostics.ts';
import type { BuryReason } from './decide.ts';
import type { Job } from './job.ts';
import type { WorkerSpec } from './worker-spec.ts';

const BURY_AGAIN_MS = 1_000;

/**
 * Called once for each job, when it is settled. Its lane moves on past it, or goes back to the server with it because it will
 * come again.
 */
export type Settled = (job: Job, lane: 'moves on' | 'goes back') => void;

/** The part of a worker that settles messages. Each job is settled once; later calls for it do nothing. */
export class Settlement {
  readonly #spec: WorkerSpec;
  readonly #bus: Bus;
  readonly #settled: Settled;
  readonly #burials = new Set<() => void>();
  #warned = false;

  constructor(spec: WorkerSpec, bus: Bus, settled: Settled) {
    this.#spec = spec;
    this.#bus = bus;
    this.#settled = settled;
  }

  /** The handler is done and all that it returned is stored. */
  ack(job: Job): void {
    if (!markSettled(job)) return;
    job.delivery.ack();
    if (diagnostics.settle.hasSubscribers)
      diagnostics.settle.publish({
        ...this.about(job),
        durationMs: this.#bus.clock.now() - job.deliveredMs,
      });
    this.#settled(job, 'moves on');
  }

  /** Comes back from the server after `delayMs`. */
  nak(job: Job, delayMs: number, error: unknown): void {
    if (!markSettled(job)) return;
    job.delivery.nak(delayMs);
    this.announceRetry(job, delayMs, error);
    this.#settled(job, 'goes back');
  }

  /** Given back without a result: another process may have it at once. */
  giveBack(job: Job): void {
    if (!markSettled(job)) return;
    job.cancelRetry?.();
    job.delivery.nak(0);
    this.#settled(job, 'goes back');
  }

  /**
   * Stores the dead letter first, then ends the message. While the record can not be stored the original stays held and
   * heartbeated, and storing is tried again until the worker drains.
   */
  bury(job: Job, reason: BuryReason, error: unknown): void {
    if (this.#spec.deadLetter === false) return this.#end(job, reason, error);
    job.state = 'burying';
    const burial = { reason, error, attempt: job.attempt, nowMs: this.#bus.clock.now() };
    const record = toRecord(job.delivery, this.#spec, {
      ...burial,
      maxBytes: this.#bus.maxPayload,
    });
    this.#bus.store(record).then(
      () => this.#end(job, reason, error),
      (failure: unknown) => {
        if (job.state === 'settled') return;
        this.announceRetry(job, BURY_AGAIN_MS, failure);
        const cancel = this.#bus.clock.after(BURY_AGAIN_MS, () => {
          this.#burials.delete(cancel);
          this.bury(job, reason, error);
        });
        this.#burials.add(cancel);
      },
    );
  }

  /** Tells whoever listens that another attempt follows. */
  announceRetry(job: Job, delayMs: number, error: unknown): void {
    if (diagnostics.retry.hasSubscribers)
      diagnostics.retry.publish({ ...this.about(job), delayMs, error });
  }

  /** What every event of a message says. */
  about({ subject, seq, attempt }: Job) {
    return { worker: this.#spec.name, stream: this.#spec.stream.name, subject, seq, attempt };
  }

  /** Stops trying to bury. */
  stop(): void {
    for (const cancel of this.#burials) cancel();
  }

  /** Says it once where nobody listens, so that a handler that always throws is not silent. */
  #warn({ subject, attempt }: Job, why: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const { name } = this.#spec;
    process.emitWarning(
      `worker '${name}' gave up on ${subject} after ${attempt} attempts: ${why}; see 'jetlane dlq ls', or listen to diagnostics.bury`,
      { code: 'JETLANE_MESSAGE_BURIED' },
    );
  }

  #end(job: Job, reason: BuryReason, error: unknown): void {
    const why = `${reason}: ${wordsOf(error)}`;
    if (!markSettled(job)) return;
    job.delivery.term(why);
    if (diagnostics.bury.hasSubscribers)
      diagnostics.bury.publish({ ...this.about(job), reason, error });
    else this.#warn(job, why);
    this.#settled(job, 'moves on');
  }
}

/** Marks the job as settled; false when it was before. */
function markSettled(job: Job): boolean {
  if (job.state === 'settled') return false;
  job.state = 'settled';
  return true;
}
