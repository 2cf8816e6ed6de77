/**
 * A worker at work. A delivery becomes a job; the job is read, waits for its lane or its batch and for a place at the
 * gate, is handed to its handler, and is settled by what `decide` says. This file only leads from one to the next.
 *
 * At most `room` jobs are held, twice that where many wait in lanes, and every structure here holds a subset of them: nothing grows with the stream.
 */
import type { JetlaneError, Message } from '@jetlane/contracts';
import type { Delivery, Subscription } from '../bus.ts';
import { originalSubject } from '../dead-letters/subjects.ts';
import { diagnostics } from '../diagnostics.ts';
import type { WorkerRecord } from '../reports/process-report.ts';
import { WorkerTally } from '../reports/worker-tally.ts';
import { within } from '../within.ts';
import { Attempts } from './attempts.ts';
import { type Batcher, batcher } from './batcher.ts';
import { Calls } from './calls.ts';
import type { Outcome } from './decide.ts';
import { stopped, unhandled } from './engine-errors.ts';
import { Gate } from './gate.ts';
import { type Guard, guardOf } from './guard.ts';
import type { HandlerSpec } from './handler.ts';
import { heartbeat } from './heartbeat.ts';
import type { Held } from './held.ts';
import { Job } from './job.ts';
import { Judge } from './judge.ts';
import { laneKey } from './lane-key.ts';
import { followers, lanes } from './lanes.ts';
import { Overview } from './overview.ts';
import { Reader } from './reader.ts';
import { Room } from './room.ts';
import type { Surroundings } from './runner.ts';
import { Settlement } from './settlement.ts';
import { Trials } from './trials.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** See the head of this file. */
export class Engine {
  readonly #spec: WorkerSpec;
  readonly #around: Surroundings;
  /** What this process holds, by position of the delivery in the stream. */
  readonly #jobs = new Map<number, Job>();
  readonly #handlers: ReadonlyMap<string, HandlerSpec>;
  readonly #batchers = new Map<HandlerSpec, Batcher<Job>>();
  readonly #reader: Reader;
  readonly #lanes = lanes<Job>(
    (job) => this.#arrive(job),
    // It went back while it waited for its turn.
    ({ state }) => state === 'settled',
  );
  readonly #gate: Gate<Job>;
  readonly #guard: Guard | undefined;
  readonly #attempts: Attempts;
  readonly #calls: Calls;
  readonly #trials: Trials;
  readonly #settlement: Settlement;
  readonly #room: Room;
  readonly #judge: Judge;
  readonly #overview: Overview;
  readonly #heartbeat: { stop(): void };
  #unwatch: (() => void) | undefined;
  #subscription: Subscription | undefined;
  #draining = false;
  /** The lane that is being given back. */
  #goingBack: string | undefined;
  #emptied: (() => void) | undefined;

  constructor(spec: WorkerSpec, around: Surroundings) {
    const { bus, codec } = around;
    this.#spec = spec;
    this.#room = new Room(spec.room);
    this.#around = around;
    this.#handlers = new Map(
      spec.handlers.flatMap((handler) =>
        handler.messages.map(({ type }) => [type, handler] as const),
      ),
    );
    this.#reader = new Reader(spec, [codec], bus.clock, {
      read: (job, message) => this.#route(job, message),
      unreadable: (job, error) => this.#unreadable(job, error),
      tooSlow: (job, error) => this.#conclude(job, { kind: 'failed', error }),
    });
    this.#judge = new Judge(spec, bus.clock, around.dice);
    this.#guard = guardOf(spec, {
      clock: bus.clock,
      faults: this.#judge.faults,
      gate: () => this.#gate,
      free: (places) => this.#free(places),
    });
    const concurrency = this.#guard?.concurrency ?? spec.concurrency;
    this.#gate = new Gate(
      concurrency,
      (work, alone) => this.#calls.begin(work, alone),
      this.#guard,
    );
    this.#trials = new Trials(spec, bus);
    const { clock } = bus;
    const tally = around.reports ? new WorkerTally(clock) : undefined;
    this.#attempts = new Attempts(spec, around);
    this.#settlement = new Settlement(spec, bus, (job, lane) => this.#release(job, lane), tally);
    this.#calls = new Calls(spec, {
      gate: this.#gate,
      guard: this.#guard,
      attempts: this.#attempts,
      trials: this.#trials,
      judge: this.#judge,
      settlement: this.#settlement,
      nowMs: () => clock.monotonic(),
      conclude: (job, outcome) => this.#conclude(job, outcome),
      putOff: (job, error) => this.#putOff(job, error),
    });
    const { ackWaitMs } = spec;
    const parts = { jobs: this.#jobs, gate: this.#gate, guard: this.#guard, lanes: this.#lanes };
    this.#overview = new Overview(spec, { ...parts, tally, nowMs: () => clock.monotonic() });
    const tell = () => this.#overview.tell();
    this.#heartbeat = heartbeat(ackWaitMs / 3, clock, () => this.#jobs.values(), tell);
    // A process that stands still loses nothing to others where nobody waits for its acks.
    if (spec.ackPolicy !== 'none')
      this.#unwatch = around.watchdog?.watch({
        ackWaitMs,
        running: () => this.#overview.running(),
      });
    for (const handler of spec.handlers) {
      if (handler.batch === undefined) continue;
      const full = (jobs: readonly Job[]) => this.#gate.enter(jobs);
      this.#batchers.set(handler, batcher(handler.batch, bus.clock, full));
    }
  }

  /** Takes one message from the bus. */
  deliver(delivery: Delivery): void {
    const held = this.#jobs.get(delivery.seq);
    if (held !== undefined) {
      held.adopt(delivery, this.#arrivedMs());
      held.leaving = false;
      this.#free(1);
      return;
    }
    const { subject } = delivery;
    const original = subject.startsWith('_jl.') ? originalSubject(this.#spec, subject) : subject;
    const nowMs = this.#around.bus.clock.monotonic();
    const times = { nowMs, renewedMs: this.#arrivedMs() };
    const job = new Job(delivery, original, this.#spec, times);
    this.#jobs.set(delivery.seq, job);
    if (diagnostics.deliver.hasSubscribers) this.#tell(job, delivery.pending);
    this.#reader.read(job);
  }

  #tell({ subject, seq, attempt }: Job, pending: number): void {
    const { stream, name } = this.#spec;
    const event = { worker: name, stream: stream.name, subject, seq, attempt, pending };
    diagnostics.deliver.publish(event);
  }

  /**
   * Another process is to have these: gives back, in order, what no handler runs on. What is running is finished, and goes
   * back instead of being tried here again.
   */
  withdraw(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const job = this.#jobs.get(seq);
      if (job?.state === 'running') job.leaving = true;
      else if (job !== undefined) this.#settlement.giveBack(job);
    }
  }

  /** Hands over the subscription that this engine releases its places to. */
  begin(subscription: Subscription): void {
    this.#subscription = subscription;
    this.#room.begin(subscription);
  }

  held(): Held {
    return this.#overview.held();
  }

  report(): WorkerRecord | undefined {
    return this.#overview.report();
  }

  /**
   * Fetches no more and handles what is held, which is bounded; what a rate limit holds back, or a retry that comes too late,
   * goes back at once. When half of
   * the time is over it gives back, in order, what has not begun; at the end it aborts the rest and gives that back too. Where the
   * server would not take it back, it goes on for the whole time.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const { drainClock } = this.#around;
    const endMs = drainClock.monotonic() + timeoutMs;
    const leftMs = () => Math.max(0, endMs - drainClock.monotonic());
    await this.#subscription?.stop(timeoutMs);
    for (const batch of this.#batchers.values()) batch.flush();
    this.#giveBack(this.#guard?.close((job) => this.#settlement.giveBack(job)) ?? []);
    const lastMs = this.#around.bus.clock.monotonic() + timeoutMs / 2;
    this.#giveBack([...this.#jobs.values()].filter(({ retryAtMs }) => retryAtMs > lastMs));
    // Behind an open breaker nothing begins that would be worth waiting for.
    const keptMs = this.#spec.ackPolicy === 'none' ? 0 : timeoutMs / 2;
    if (this.#guard?.isOpen !== false) await this.#empty(Math.max(0, leftMs() - keptMs));
    this.#gate.shut();
    this.#guard?.stop();
    this.#giveBack([...this.#jobs.values()].filter(({ state }) => !BUSY.has(state)));
    await this.#empty(leftMs());
    this.#attempts.stop(stopped(this.#spec.name, timeoutMs));
    this.#giveBack([...this.#jobs.values()]);
    this.#reader.stop();
    this.#settlement.stop();
    this.#heartbeat.stop();
    this.#unwatch?.();
    await this.#trials.stop();
  }

  /** In the order of the stream, so that they come again in that order. */
  #giveBack(jobs: readonly Job[]): void {
    for (const job of jobs.toSorted((a, b) => a.position - b.position))
      this.#settlement.giveBack(job);
  }

  /** Resolves when nothing is held any more, or after `timeoutMs`: of real time, as it waits for real work. */
  async #empty(timeoutMs: number): Promise<void> {
    if (this.#jobs.size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    await within(timeoutMs, emptied, this.#around.drainClock);
  }

  #unreadable(job: Job, error: unknown): void {
    this.#conclude(job, { kind: 'unreadable', error: error as JetlaneError });
  }

  #route(job: Job, message: Message): void {
    if (job.state === 'settled') return;
    const { laneOf, name } = this.#spec;
    const handler = this.#handlers.get(message.type);
    if (handler === undefined) return this.#unreadable(job, unhandled(name, message));
    job.state = 'waiting';
    job.message = message;
    // A retry in place kept its lane.
    const inLane = job.handler !== undefined;
    job.handler = handler;
    if (laneOf === undefined || inLane) return this.#arrive(job);
    try {
      job.key = laneKey(laneOf, message);
    } catch (error) {
      return this.#conclude(job, { kind: 'failed', error });
    }
    // What is in front of it may have gone back already.
    if (this.#draining && this.#inOrder(job)) return this.#settlement.giveBack(job);
    this.#lanes.push(job.key, job);
    this.#room.fit(this.#lanes.waiting);
  }

  /** The job is at the head of its lane, or has none: on to its batch or to the gate. */
  #arrive(job: Job): void {
    if (job.suspect) return this.#gate.enterAlone([job]);
    const batch = job.single ? undefined : this.#batchers.get(job.handler as HandlerSpec);
    if (batch === undefined) return this.#gate.enter([job]);
    batch.add(job);
    if (this.#draining) batch.flush();
  }

  #conclude(job: Job, outcome: Outcome): void {
    if (job.state === 'settled') return;
    this.#trials.end(job);
    // Nothing is to be weighed here, and nearly every message ends so.
    if (outcome.kind === 'done') return this.#settlement.ack(job, outcome.endedMs);
    const decision = this.#judge.decide(job, outcome);
    switch (decision.action) {
      case 'ack':
        return this.#settlement.ack(job);
      case 'bury':
        return this.#settlement.bury(job, decision.reason, decision.error);
      case 'retry':
        if (this.#staysHere(job)) this.#retryInPlace(job, decision.delayMs, decision.error, 1);
        else this.#retryElsewhere(job, decision.delayMs, decision.error);
    }
  }

  /** Tries again as late as ever, without counting an attempt. */
  #putOff(job: Job, error: unknown): void {
    const { maxDelayMs } = this.#spec.retry;
    if (this.#staysHere(job)) this.#retryInPlace(job, maxDelayMs, error, 0);
    else this.#settlement.nak(job, this.#inOrder(job) ? 0 : maxDelayMs, error);
  }

  #staysHere(job: Job): boolean {
    return job.key !== undefined && this.#inOrder(job) && !job.leaving && !this.#draining;
  }

  /** Whoever takes over begins when everything is there again. This comes at once, as does what would overtake it. */
  #retryElsewhere(job: Job, delayMs: number, error: unknown): void {
    if (this.#inOrder(job)) this.#settlement.nak(job, 0, error);
    else this.#settlement.retry(job, delayMs, error);
  }

  #inOrder({ key }: Job): boolean {
    const { onFailure, partitions } = this.#spec;
    return partitions !== undefined || (key !== undefined && onFailure === 'hold');
  }

  /** Keeps its place and its lane, or lets that pass, and tries again here. */
  #retryInPlace(job: Job, delayMs: number, error: unknown, tries: 0 | 1): void {
    job.state = 'retrying';
    job.retryAtMs = this.#around.bus.clock.monotonic() + delayMs;
    this.#settlement.announceRetry(job, delayMs, error);
    if (this.#spec.onFailure === 'skip') this.#leaveLane(job);
    const attempt = job.attempt + tries;
    job.cancelRetry = this.#around.bus.clock.after(delayMs, () => {
      job.cancelRetry = undefined;
      job.retryAtMs = Number.NEGATIVE_INFINITY;
      // Delivered again meanwhile, it may have been counted already: this is that attempt.
      job.attempt = Math.max(job.attempt, attempt);
      job.state = 'reading';
      // It is read again: the last attempt may have changed the message that it was given.
      this.#reader.read(job);
    });
  }

  /** The job is settled: its place may be filled again, and its lane moves on or goes back with it. */
  #release(job: Job, lane: 'moves on' | 'goes back'): void {
    this.#jobs.delete(job.position);
    this.#free(1);
    if (job.key !== undefined) {
      if (lane === 'goes back' && this.#spec.onFailure === 'hold' && job.next !== undefined)
        this.#giveBackBehind(job, job.key);
      if (this.#lanes.head(job.key) === job) this.#moveOn(job.key);
    }
    if (this.#jobs.size === 0) this.#emptied?.();
  }

  /** Whoever began with a lane gives back all of it: thousands may wait there, and would nest. */
  #giveBackBehind(job: Job, key: string): void {
    const outer = this.#goingBack;
    if (outer === key) return;
    this.#goingBack = key;
    for (const later of followers<Job>(job)) this.#settlement.giveBack(later);
    this.#goingBack = outer;
  }

  /** Others pass while it waits for its retry; then it queues up again. */
  #leaveLane(job: Job): void {
    const { key } = job;
    job.key = undefined;
    job.handler = undefined;
    if (key !== undefined) this.#moveOn(key);
    job.next = undefined;
  }

  #moveOn(key: string): void {
    this.#lanes.done(key);
    this.#room.fit(this.#lanes.waiting);
  }

  /** When the ack wait of what is delivered now began, at the earliest, by the monotonic clock. */
  #arrivedMs(): number {
    return this.#around.watchdog?.beforeMs ?? this.#around.bus.clock.monotonic();
  }

  #free(places: number): void {
    if (this.#guard?.withhold(places) !== true) this.#room.free(places);
  }
}

/** States that a drain waits for. */
const BUSY: ReadonlySet<Job['state']> = new Set(['running', 'departing', 'burying']);
