/**
 * A worker at work. A delivery becomes a job; the job is read, waits for its lane or its batch and for a place at the
 * gate, is handed to its handler, and is settled by what `decide` says. This file only leads from one to the next.
 *
 * At most `room` jobs are held, and every structure here holds a subset of them: nothing grows with the stream.
 */
import { type Codec, decodeMessage, JetlaneError, type Message } from '@jetlane/contracts';
import type { Delivery, Subscription } from '../bus.ts';
import { originalSubject, trialSubject } from '../dead-letters/subjects.ts';
import { diagnostics } from '../diagnostics.ts';
import { Attempts } from './attempts.ts';
import { type Batcher, batcher } from './batcher.ts';
import { decide, type Outcome } from './decide.ts';
import { Gate } from './gate.ts';
import type { HandlerSpec } from './handler.ts';
import { heartbeat } from './heartbeat.ts';
import { Job } from './job.ts';
import { lanes } from './lanes.ts';
import type { Held, Surroundings } from './runner.ts';
import { Settlement } from './settlement.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** See the head of this file. */
export class Engine {
  readonly #spec: WorkerSpec;
  readonly #around: Surroundings;
  /** For reading, beside msgpack and JSON: a client reads what it writes. */
  readonly #codecs: readonly Codec[];
  readonly #jobs = new Set<Job>();
  readonly #handlers: ReadonlyMap<string, HandlerSpec>;
  readonly #batchers = new Map<HandlerSpec, Batcher<Job>>();
  readonly #attempts: Attempts;
  readonly #settlement: Settlement;
  readonly #lanes = lanes<Job>((job) => this.#arrive(job));
  readonly #gate: Gate<Job>;
  readonly #heartbeat: { stop(): void };
  #subscription: Subscription | undefined;
  /** Places that became free before the subscription was handed over. */
  #releasedEarly = 0;
  /** Pending reads, where order counts and a schema validates asynchronously: reading is then serial. */
  #reading: Promise<void> | undefined;
  #draining = false;
  #emptied: (() => void) | undefined;

  constructor(spec: WorkerSpec, around: Surroundings) {
    this.#spec = spec;
    this.#around = around;
    this.#codecs = [around.codec];
    this.#handlers = new Map(
      spec.handlers.flatMap((handler) =>
        handler.messages.map(({ type }) => [type, handler] as const),
      ),
    );
    this.#attempts = new Attempts(spec, around);
    this.#settlement = new Settlement(spec, around.bus, (job) => this.#release(job));
    this.#gate = new Gate(spec.concurrency, (work, alone) => this.#begin(work, alone));
    this.#heartbeat = heartbeat(spec.ackWaitMs / 3, around.bus.clock, this.#jobs);
    for (const handler of spec.handlers) {
      if (handler.batch === undefined) continue;
      this.#batchers.set(
        handler,
        batcher(handler.batch, around.bus.clock, (jobs) => this.#gate.enter(jobs)),
      );
    }
  }

  /** Takes one message from the bus. */
  deliver(delivery: Delivery): void {
    const { retry, stream, name } = this.#spec;
    const subject = originalSubject(this.#spec, delivery.subject);
    const job = new Job(delivery, subject, retry.attempts, this.#around.bus.clock.now());
    this.#jobs.add(job);
    if (diagnostics.deliver.hasSubscribers) {
      const { seq, attempt } = job;
      const { pending } = delivery;
      diagnostics.deliver.publish({
        worker: name,
        stream: stream.name,
        subject,
        seq,
        attempt,
        pending,
      });
    }
    if (this.#draining) return this.#settlement.giveBack(job);
    if (this.#reading === undefined) void this.#read(job);
    else this.#readInTurn(job, this.#reading);
  }

  /** Hands over the subscription that this engine releases its places to. */
  begin(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#releasedEarly > 0) subscription.release(this.#releasedEarly);
  }

  held(): Held {
    let retrying = 0;
    for (const { cancelRetry } of this.#jobs) if (cancelRetry !== undefined) retrying++;
    return { all: this.#jobs.size, running: this.#gate.running, retrying };
  }

  /** Fetches no more, gives back what has not begun, and waits up to `timeoutMs` for the rest. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    this.#gate.shut();
    for (const batch of this.#batchers.values()) batch.stop();
    await this.#subscription?.stop();
    for (const job of [...this.#jobs]) if (job.state === 'waiting') this.#giveBack(job);
    if (this.#jobs.size > 0) await this.#empty(timeoutMs);
    const { name } = this.#spec;
    this.#attempts.stop(
      new JetlaneError(
        'CLOSED',
        `worker '${name}' stopped waiting for its handlers after ${timeoutMs} ms`,
      ),
    );
    for (const job of [...this.#jobs]) this.#giveBack(job);
    this.#settlement.stop();
    this.#heartbeat.stop();
  }

  #giveBack(job: Job): void {
    job.cancelRetry?.();
    this.#settlement.giveBack(job);
  }

  #empty(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#around.bus.clock.after(timeoutMs, resolve);
      this.#emptied = () => {
        cancel();
        resolve();
      };
    });
  }

  #readInTurn(job: Job, before: Promise<void>): void {
    const turn: Promise<void> = before
      .then(() => this.#read(job))
      .then(() => {
        if (this.#reading === turn) this.#reading = undefined;
      });
    this.#reading = turn;
  }

  /** Decodes the message: at once, or later where its schema validates asynchronously. */
  #read(job: Job): Promise<void> | undefined {
    try {
      const message = this.#decode(job);
      if (!(message instanceof Promise)) {
        this.#route(job, message);
        return undefined;
      }
      const read = message.then(
        (decoded) => this.#route(job, decoded),
        (error: unknown) => this.#unreadable(job, error),
      );
      if (this.#spec.laneOf === undefined) return undefined;
      if (this.#reading === undefined) this.#readInTurn(job, read);
      return read;
    } catch (error) {
      this.#unreadable(job, error);
      return undefined;
    }
  }

  #unreadable(job: Job, error: unknown): void {
    this.#conclude(job, { kind: 'unreadable', error: error as JetlaneError });
  }

  #route(job: Job, message: Message): void {
    const { laneOf, name } = this.#spec;
    const handler = this.#handlers.get(message.type);
    if (handler === undefined) return this.#unreadable(job, unhandled(name, message));
    job.message = message;
    job.handler = handler;
    if (laneOf === undefined) return this.#arrive(job);
    job.key = laneKey(laneOf, message);
    this.#lanes.push(job.key, job);
  }

  /** The job is at the head of its lane, or has none: on to its batch or to the gate. */
  #arrive(job: Job): void {
    if (job.state === 'settled') return this.#leaveLane(job);
    if (job.suspect) return this.#gate.enterAlone([job]);
    const batch = job.single ? undefined : this.#batchers.get(job.handler as HandlerSpec);
    if (batch === undefined) this.#gate.enter([job]);
    else batch.add(job);
  }

  #begin(work: readonly Job[], alone: boolean): void {
    const live = work.filter(({ state }) => state === 'waiting');
    const [first] = live;
    if (first === undefined) return this.#gate.leave();
    for (const job of live) job.state = 'running';
    if (alone) this.#lastTrial(first);
    else this.#call(live);
  }

  /** The mark is stored before the handler runs: a job that kills its process here is known when it comes back. */
  #lastTrial(job: Job): void {
    const { retry } = this.#spec;
    this.#around.bus.claim(trialSubject(this.#spec, job.seq)).then(
      (first) => {
        if (first) return this.#call([job]);
        this.#gate.leave();
        this.#conclude(job, { kind: 'exhausted' });
      },
      (error: unknown) => {
        this.#gate.leave();
        this.#settlement.nak(job, retry.maxDelayMs, error);
      },
    );
  }

  #call(work: readonly Job[]): void {
    const messages = work.map(({ message }) => message as Message);
    const { handler } = work[0] as Job;
    this.#attempts.begin(handler as HandlerSpec, messages, (outcome) => {
      this.#gate.leave();
      const together = work.length === 1 || outcome.kind === 'done';
      for (const job of work) {
        if (together) this.#conclude(job, outcome);
        else this.#runSingly(job);
      }
    });
  }

  /** Its batch failed. Each message of it runs by itself, so that only the bad one fails. */
  #runSingly(job: Job): void {
    job.state = 'waiting';
    job.single = true;
    if (this.#draining) this.#giveBack(job);
    else this.#gate.enter([job]);
  }

  #conclude(job: Job, outcome: Outcome): void {
    if (job.state === 'settled') return;
    const { retry, onFailure } = this.#spec;
    const decision = decide(outcome, job.attempt, retry, Math.random());
    switch (decision.action) {
      case 'ack':
        return this.#settlement.ack(job);
      case 'bury':
        job.state = 'running'; // a drain waits until its record is stored
        return this.#settlement.bury(job, decision.reason, decision.error);
      case 'retry':
        if (job.key !== undefined && onFailure === 'hold' && !this.#draining)
          this.#retryInPlace(job, decision.delayMs, decision.error);
        else this.#settlement.nak(job, decision.delayMs, decision.error);
    }
  }

  /** Keeps its place and its lane, and tries again here. */
  #retryInPlace(job: Job, delayMs: number, error: unknown): void {
    job.state = 'waiting';
    this.#settlement.announceRetry(job, delayMs, error);
    job.cancelRetry = this.#around.bus.clock.after(delayMs, () => {
      job.cancelRetry = undefined;
      job.attempt++;
      void this.#readAgain(job);
    });
  }

  /** The next attempt gets a message of its own: the last one may have changed what it was given. */
  async #readAgain(job: Job): Promise<void> {
    try {
      job.message = await this.#decode(job);
      if (job.state === 'waiting') this.#gate.enter([job]);
    } catch (error) {
      this.#unreadable(job, error);
    }
  }

  #decode(job: Job): Message | Promise<Message> {
    const { catalog, validate, limits } = this.#spec;
    return decodeMessage(catalog, job, { validate, limits, codecs: this.#codecs });
  }

  /** The job is settled: its lane moves on and its place may be filled again. */
  #release(job: Job): void {
    this.#jobs.delete(job);
    if (this.#subscription === undefined) this.#releasedEarly++;
    else this.#subscription.release(1);
    this.#leaveLane(job);
    if (this.#jobs.size === 0) this.#emptied?.();
  }

  #leaveLane(job: Job): void {
    if (job.key !== undefined && !this.#draining) this.#lanes.done(job.key);
  }
}

/** A key function that throws must not stop the worker: such messages share one lane. */
function laneKey(laneOf: (message: Message) => string, message: Message): string {
  try {
    return String(laneOf(message));
  } catch {
    return '';
  }
}

function unhandled(worker: string, { type }: Message): JetlaneError {
  return new JetlaneError(
    'TYPE_UNKNOWN',
    `worker '${worker}' has no handler for ${type}; add on(${type}, ...) or narrow its filter`,
  );
}
