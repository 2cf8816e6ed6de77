import type { Bus } from '../bus.ts';
import { toRecord, wordsOf } from '../dead-letters/record.ts';
import { replayFilter } from '../dead-letters/subjects.ts';
import { diagnostics } from '../diagnostics.ts';
import type { WorkerTally } from '../reports/worker-tally.ts';
import { toComeback } from '../schedule/comeback.ts';
import { toConsumerConfig } from '../topology/consumer-config.ts';
import { filtersOf } from '../topology/normal-form.ts';
import { uncovered } from '../topology/wanted.ts';
import type { BuryReason } from './decide.ts';
import { dropped } from './engine-errors.ts';
import type { Job } from './job.ts';
import type { WorkerSpec } from './worker-spec.ts';

const BURY_AGAIN_MS = 1_000;
const BURY_AGAIN_MAX_MS = 30_000;
/** An alarm that goes on is said once in this time. */
const ALARM_EVERY_MS = 60_000;

/** Retries that come later than this wait in the stream's schedule; the others hold their ack-pending slot. */
const SLOT_FREE_FROM_MS = 2_000;

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
  readonly #tally: WorkerTally | undefined;
  readonly #burials = new Set<() => void>();
  /** Whether a message may leave and come back by itself: not where its lane waits for it, nor where it would not be heard. */
  readonly #lets: boolean;
  #warned = false;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(spec: WorkerSpec, bus: Bus, settled: Settled, tally?: WorkerTally) {
    this.#spec = spec;
    this.#bus = bus;
    this.#settled = settled;
    this.#tally = tally;
    const { name, stream, laneOf, onFailure, partitions } = spec;
    const filters = filtersOf(toConsumerConfig(spec));
    this.#lets =
      partitions === undefined &&
      (laneOf === undefined || onFailure === 'skip') &&
      uncovered(filters, [replayFilter(stream.name, name)]).length === 0;
  }

  /** The handler is done and all that it returned is stored; `nowMs` by the monotonic clock, where somebody has looked just now. */
  ack(job: Job, nowMs?: number): void {
    if (this.#strayed(job)) return this.letGo(job);
    if (!markSettled(job)) return;
    job.delivery.ack();
    this.#tally?.settle(job, nowMs);
    if (diagnostics.settle.hasSubscribers) this.#tell(job);
    this.#settled(job, 'moves on');
  }

  #tell(job: Job): void {
    const durationMs = this.#bus.clock.monotonic() - job.arrivedMs;
    diagnostics.settle.publish({ ...this.about(job), durationMs });
  }

  /**
   * Comes back after `delayMs`. A long delay is spent in the stream's schedule: the message is stored there, and acknowledged
   * only then. Where that fails the server keeps it back instead, and it holds its slot meanwhile.
   */
  retry(job: Job, delayMs: number, error: unknown): void {
    if (!this.#lets || delayMs <= SLOT_FREE_FROM_MS) return this.nak(job, delayMs, error);
    if (job.state === 'settled') return;
    job.state = 'departing';
    const dueMs = this.#bus.clock.now() + delayMs;
    void this.#depart(job, dueMs)
      .catch(() => false)
      .then((left) => {
        if (!left) this.nak(job, Math.max(1, dueMs - this.#bus.clock.now()), error);
        else if (markSettled(job)) {
          job.delivery.ack();
          this.announceRetry(job, delayMs, error);
          this.#settled(job, 'goes back');
        }
      });
  }

  /** Comes back from the server after `delayMs`, and holds its slot until then. */
  nak(job: Job, delayMs: number, error: unknown): void {
    if (this.#lossy) return this.#end(job, 'dropped', error);
    if (this.#strayed(job)) return this.letGo(job);
    if (!markSettled(job)) return;
    job.delivery.nak(delayMs);
    this.announceRetry(job, delayMs, error);
    this.#settled(job, 'goes back');
  }

  /** Given back without a result: another process may have it at once. */
  giveBack(job: Job): void {
    if (this.#strayed(job)) return this.letGo(job);
    if (this.#lossy) return this.#end(job, 'dropped', dropped(this.#spec.name));
    if (!markSettled(job)) return;
    job.cancelRetry?.();
    job.delivery.nak(0);
    this.#settled(job, 'goes back');
  }

  /** Another process may have it: nothing is said to the server, which delivers it again unless that one settles it. */
  letGo(job: Job): void {
    if (!markSettled(job)) return;
    job.cancelRetry?.();
    job.delivery.drop?.();
    this.#settled(job, 'goes back');
  }

  /**
   * Stores the dead letter first, then ends the message. While the record cannot be stored the original stays held and
   * heartbeated, and storing is tried again, after a second at first and half a minute at most, until the worker drains.
   */
  bury(job: Job, reason: BuryReason, error: unknown, delayMs = BURY_AGAIN_MS): void {
    if (this.#spec.deadLetter === false) return this.#end(job, reason, error);
    job.state = 'burying';
    const burial = { reason, error, attempt: job.attempt, nowMs: this.#bus.clock.now() };
    const record = toRecord(job, this.#spec, {
      ...burial,
      maxBytes: this.#bus.maxPayload,
    });
    this.#bus.store(record).then(
      () => this.#end(job, reason, error),
      (failure: unknown) => {
        if (job.state === 'settled') return;
        this.announceRetry(job, delayMs, failure);
        this.#alarm(failure);
        const cancel = this.#bus.clock.after(delayMs, () => {
          this.#burials.delete(cancel);
          this.bury(job, reason, error, Math.min(delayMs * 2, BURY_AGAIN_MAX_MS));
        });
        this.#burials.add(cancel);
      },
    );
  }

  /** Tells whoever listens that another attempt follows. */
  announceRetry(job: Job, delayMs: number, error: unknown): void {
    if (this.#tally !== undefined) this.#tally.retried++;
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

  /**
   * Whether the next owner of its partition may hold it by now. That one counts what the server waits for, and a message that
   * was settled behind its back would stand for one that is still missing: it would hand over too early. One that was given
   * back would be taken from under its handler.
   */
  #strayed(job: Job): boolean {
    return this.#spec.partitions !== undefined && job.lost(this.#bus.clock.monotonic());
  }

  /** Resolves true when the stream keeps the message until `dueMs` by this process's clock. */
  async #depart(job: Job, dueMs: number): Promise<boolean> {
    const { name: durable, stream } = this.#spec;
    const scheduling = await this.#bus.scheduling(stream.name);
    // With a limit per subject, two that come back on one subject could drop each other.
    if (scheduling.problem !== undefined || scheduling.limitedPerSubject) return false;
    const worker = { stream: stream.name, durable };
    const comeback = toComeback(job, worker, dueMs + scheduling.aheadMs);
    if (comeback === undefined) return false;
    await this.#bus.store(comeback);
    return true;
  }

  /** Loud whoever listens: what cannot be buried holds its place, and in the end the whole worker. */
  #alarm(failure: unknown): void {
    const nowMs = this.#bus.clock.now();
    if (nowMs < this.#quietUntilMs) return;
    this.#quietUntilMs = nowMs + ALARM_EVERY_MS;
    const { name, deadLetter } = this.#spec;
    process.emitWarning(
      `worker '${name}' cannot store dead letters in ${String(deadLetter)}, keeps the messages and tries again: ${wordsOf(failure)}; see 'jetlane doctor'`,
      { code: 'JETLANE_DEAD_LETTER_REFUSED' },
    );
  }

  /** Whether nothing can be given back, as the server does not wait for it. */
  get #lossy(): boolean {
    return this.#spec.ackPolicy === 'none';
  }

  /** Says it once where nobody listens, so that a handler that always throws is not silent. */
  #warn({ subject, attempt }: Job, why: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const { name } = this.#spec;
    const what = this.#lossy
      ? `lost ${subject}, as its ackPolicy is 'none': ${why};`
      : `gave up on ${subject} after ${attempt} attempts: ${why}; see 'jetlane dlq ls', or`;
    process.emitWarning(`worker '${name}' ${what} listen to diagnostics.bury`, {
      code: 'JETLANE_MESSAGE_BURIED',
    });
  }

  #end(job: Job, reason: BuryReason, error: unknown): void {
    if (this.#strayed(job)) return this.letGo(job);
    const why = `${reason}: ${wordsOf(error)}`;
    if (!markSettled(job)) return;
    job.delivery.term(why);
    if (this.#tally !== undefined) this.#tally.buried++;
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
