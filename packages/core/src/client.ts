import {
  type Codec,
  configInvalid,
  type Duration,
  encodeMessage,
  JetlaneError,
  type Outgoing,
  type Runnable,
  toMs,
} from '@jetlane/contracts';
import { collect } from './app.ts';
import type { Bucket } from './bucket.ts';
import type { PublishAllOptions } from './bulk/bulk-options.ts';
import type { BulkReport } from './bulk/bulk-report.ts';
import { Loads } from './bulk/loads.ts';
import type { Bus, PublishAck, Publishing, Topology } from './bus.ts';
import { type Clock, realClock } from './clock.ts';
import { type DeadLetters, deadLettersIn } from './dead-letters/dead-letters.ts';
import { NO_LETTERS } from './dead-letters/letter-store.ts';
import { bucketSettings, isKv, type Kv } from './kv/kv.ts';
import { type KvStore, kvStore } from './kv/kv-store.ts';
import { observed } from './observe.ts';
import { lengthOfPause, type PauseOptions, type SetPause } from './pausing.ts';
import type { Sink, WriteContext } from './publish.ts';
import type { Reporter } from './reports/reporter.ts';
import { cancelDelayed } from './schedule/delayed.ts';
import { Watchdog } from './watchdog.ts';
import { within } from './within.ts';
import { type Runner, type RunnerSurroundings, type RunningWorker, run } from './worker/runner.ts';
import { type PublishOptions, Writer } from './writer.ts';

/** A connection. `await using` closes it. Every method throws `CLOSED` after `close`. */
export interface Client extends AsyncDisposable {
  /** The workers that run here. */
  readonly workers: readonly RunningWorker[];
  /** How its publishing goes now: what is in flight, what waits, how large the window is. */
  readonly publishing: Publishing;
  /**
   * The messages that workers gave up on, in `'DLQ'`; `deadLetters.from('OTHER')` for another dead letter stream. They stay
   * until they are replayed or dropped. `jetlane dlq` does the same in a terminal.
   *
   * @example
   * const group = { worker: 'billing', error: 'HANDLER_TIMEOUT' };
   * for await (const { seq, error, attempts } of client.deadLetters.list(group)) console.log(seq, error, attempts);
   * const { replayed, skipped } = await client.deadLetters.replay(group, { rate: 100 });
   */
  readonly deadLetters: DeadLetters;
  /**
   * Resolves once the stream has stored the message. Retries under the same id until `publishTimeout`, so that a lost
   * ack stores nothing twice.
   *
   * @throws JetlaneError `VALIDATION_FAILED`, `SUBJECT_INVALID`, `MESSAGE_TOO_LARGE` before anything is sent;
   *   `NO_STREAM`, `STREAM_FULL`, `PERMISSION_DENIED`, `PUBLISH_TIMEOUT`, `CLOSED` after; `CONFIG_INVALID` for a message
   *   with `delay` or `at` whose stream keeps nothing for later
   */
  publish(message: Outgoing): Promise<PublishAck>;
  /**
   * Pipelined: checks all, writes all in order, then awaits all. When one breaks its schema nothing is sent. If the
   * stream refuses some the rest are stored; publishing the same messages again is safe. Acks come in the order given. With
   * `{ atomic: true }` all of them are stored or none: at most 1,000, in one stream. Stored before, all of them, they are duplicates;
   * where the stream knows only some of the ids that is a `CONFLICT`.
   *
   * @example
   * await client.publish([Debited({ from, cents }), Credited({ to, cents })], { atomic: true });
   */
  publish(messages: readonly Outgoing[], options?: PublishOptions): Promise<PublishAck[]>;
  /**
   * Publishes all that a source gives, for bulk loads: by fast ingest where server and stream allow it, in which one ack
   * stands for hundreds of messages. The source is read no faster than messages go out, so it may be longer than memory. Of one
   * stream the order is kept, except in `atomic` mode, and in `plain` mode where something fails. Resolves with what was done once all of it is
   * confirmed. Whatever goes wrong ends it: the source is left (`return()`), what is on its way is awaited, and it rejects with the
   * report in the error ({@link bulkReport}). Publishing the same messages again is safe within `dedupeWindow`.
   *
   * @throws JetlaneError `CONFIG_INVALID`; `SOURCE_FAILED` with what the source threw as its `cause`, `ABORTED`, and what `publish`
   *   throws; `TOPOLOGY_CONFLICT` where the stream does not take the mode asked for
   * @example
   * const report = await client.publishAll(rows(), { onProgress: ({ stored }) => console.log(stored) });
   * console.log(report.mode, report.why, report.stored, report.duplicates);
   */
  publishAll(
    source: Iterable<Outgoing> | AsyncIterable<Outgoing>,
    options?: PublishAllOptions,
  ): Promise<BulkReport>;
  /**
   * Takes back a message that was published with `delay` or `at`: the one that was published, or one built with the same
   * definition, data and `id`. True when it was still waiting and will not be delivered. False when it was delivered, or is not
   * known, or fell due while it was being taken back. Its id stays taken for the stream's `dedupeWindow`: publish it again
   * under another.
   *
   * @throws JetlaneError `VALIDATION_FAILED`, `SUBJECT_INVALID`, `PUBLISH_TIMEOUT`, `CLOSED`
   * @example
   * const reminder = PaymentDue({ orderId: 'o-1' }, { id: 'reminder-o-1', delay: '3d' });
   * await client.publish(reminder);
   * await client.cancel(reminder); // paid
   */
  cancel(message: Outgoing): Promise<boolean>;
  /**
   * A bucket, created or changed in place on first use. Calls then throw `TOPOLOGY_CONFLICT` when it exists with settings
   * that cannot change.
   *
   * @throws JetlaneError `CONFIG_INVALID` for what kv() did not make, `CLOSED`
   */
  kv<Value>(bucket: Kv<Value>): KvStore<Value>;
  /**
   * Creates or updates streams and consumers (see `topology`), never deletes; then runs the workers. Starting a stream
   * only creates it. Resolves when every worker is pulling.
   *
   * @throws JetlaneError `TOPOLOGY_CONFLICT`, `CONFIG_INVALID`, `CLOSED`
   */
  start(...parts: readonly Runnable[]): Promise<void>;
  /**
   * Stops the delivery to a worker over all processes, for a while or until `resume`. What they hold is handled to its end;
   * retries wait. The server keeps the pause: restarts and deployments do not end it. `state()` of a running worker tells
   * `pausedUntil`.
   *
   * @throws JetlaneError `CONFIG_INVALID` for a worker that is not there; `CONNECTION_LOST`, `PERMISSION_DENIED`, `CLOSED`
   * @example
   * await client.pause('billing', { for: '1h' });
   */
  pause(worker: string, options?: PauseOptions): Promise<void>;
  /** Ends a pause now. Does nothing to a worker that is not paused. Throws as `pause` does. */
  resume(worker: string, options?: Pick<PauseOptions, 'stream'>): Promise<void>;
  /**
   * Drains: fetches no more, handles what was fetched, stores its results, flushes. When half of `timeout` (default
   * `'25s'`) is over, what has not begun is given back; when all of it is, running handlers are aborted and their messages
   * redelivered. A second call awaits the first.
   */
  close(options?: { timeout?: Duration }): Promise<void>;
}

/** How a client writes. */
export interface ClientOptions {
  readonly codec: Codec;
  /** `ce-source`; undefined takes the name of the first app started. */
  readonly source: string | undefined;
  /** The time that closing may take. Default: the machine's. */
  readonly drainClock?: Clock;
  /** Jitter: a number in [0, 1). Default: `Math.random`. */
  readonly dice?: () => number;
  /** Default: a bus that keeps none. */
  readonly deadLetters?: DeadLetters;
  /** Default: a bus that pauses nothing. */
  readonly setPause?: SetPause;
  /** Default: nobody asks how the workers do. */
  readonly reporter?: Reporter | undefined;
}

const DRAIN_TIMEOUT: Duration = '25s';
const DEFAULT_SOURCE = 'jetlane';
const STORED_AT_ONCE: Publishing = {
  inFlight: 0,
  waiting: 0,
  window: Number.POSITIVE_INFINITY,
  ackMs: undefined,
  frames: 'none',
};

/** A client over any bus. */
export function createClient(bus: Bus, options: ClientOptions): Client {
  return new BusClient(bus, options);
}

class BusClient implements Client {
  readonly deadLetters: DeadLetters;
  readonly #bus: Bus;
  readonly #sink: Sink;
  readonly #codec: Codec;
  readonly #writer: Writer;
  #runners: readonly Runner[] = [];
  #source: string | undefined;
  readonly #drainClock: Clock;
  readonly #dice: () => number;
  readonly #setPause: SetPause;
  readonly #reporter: Reporter | undefined;
  readonly #watchdog: Watchdog | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  readonly #loads = new Loads();

  constructor(bus: Bus, options: ClientOptions) {
    const { codec, source, drainClock = realClock, dice = Math.random } = options;
    this.deadLetters = options.deadLetters ?? deadLettersIn(NO_LETTERS);
    this.#setPause = options.setPause ?? (() => Promise.resolve([]));
    this.#reporter = options.reporter;
    this.#bus = bus;
    this.#sink = observed(bus);
    this.#writer = new Writer({ bus, sink: this.#sink, context: () => this.#context() });
    this.#codec = codec;
    this.#source = source;
    this.#drainClock = drainClock;
    this.#dice = dice;
    if (bus.clock === realClock) this.#watchdog = new Watchdog();
  }

  get workers(): readonly RunningWorker[] {
    return this.#runners;
  }

  get publishing(): Publishing {
    return publishingOf(this.#bus);
  }

  publish(message: Outgoing): Promise<PublishAck>;
  publish(messages: readonly Outgoing[], options?: PublishOptions): Promise<PublishAck[]>;
  publish(
    given: Outgoing | readonly Outgoing[],
    options?: PublishOptions,
  ): Promise<PublishAck | PublishAck[]> {
    if (this.#closing !== undefined) return Promise.reject(isClosed());
    return this.#writer.publish(given, options);
  }

  async publishAll(
    source: Iterable<Outgoing> | AsyncIterable<Outgoing>,
    options: PublishAllOptions = {},
  ): Promise<BulkReport> {
    this.#assertOpen();
    return this.#publishAll(source, options);
  }

  async cancel(message: Outgoing): Promise<boolean> {
    this.#assertOpen();
    return this.#cancel(message);
  }

  kv<Value>(bucket: Kv<Value>): KvStore<Value> {
    this.#assertOpen();
    return this.#kv(bucket);
  }

  async start(...parts: readonly Runnable[]): Promise<void> {
    this.#assertOpen();
    const topology = collect(parts);
    this.#source ??= topology.source;
    // One start at a time: a worker named in two calls runs once.
    const started = this.#starting.then(() => this.#start(topology));
    this.#starting = started.catch(() => {});
    await started;
  }

  async pause(worker: string, options: PauseOptions = {}): Promise<void> {
    this.#assertOpen();
    const { stream } = options;
    await this.#setPause({ worker, stream }, lengthOfPause(worker, options));
  }

  async resume(worker: string, { stream }: Pick<PauseOptions, 'stream'> = {}): Promise<void> {
    this.#assertOpen();
    await this.#setPause({ worker, stream }, 0);
  }

  async close({ timeout = DRAIN_TIMEOUT }: { timeout?: Duration } = {}): Promise<void> {
    const timeoutMs = toMs(timeout);
    this.#closing ??= this.#close(timeoutMs);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #publishAll(
    source: Iterable<Outgoing> | AsyncIterable<Outgoing>,
    options: PublishAllOptions,
  ): Promise<BulkReport> {
    return this.#loads.run(source, options, {
      sink: this.#sink,
      port: this.#bus.bulk,
      context: () => this.#context(),
    });
  }

  async #cancel(message: Outgoing): Promise<boolean> {
    return cancelDelayed(this.#bus, await encodeMessage(message, this.#context()));
  }

  #context(): WriteContext {
    const { clock, maxPayload } = this.#bus;
    const source = this.#source ?? DEFAULT_SOURCE;
    return { codec: this.#codec, source, maxPayload, nowMs: clock.now() };
  }

  #kv<Value>(bucket: Kv<Value>): KvStore<Value> {
    if (!isKv(bucket)) throw configInvalid('client.kv()', ['takes a bucket, as made by kv()']);
    let opened: Promise<Bucket> | undefined;
    return kvStore(bucket, this.#codec, () => {
      opened ??= this.#bus.bucket(bucketSettings(bucket)).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    });
  }

  async #start(topology: Topology): Promise<void> {
    this.#assertOpen();
    await this.#bus.prepare(topology);
    const running = new Set(this.#runners.map(({ name }) => name));
    for (const worker of topology.workers) {
      if (running.has(worker.name)) continue;
      const runner = await run(worker, this.#surroundings(), (ended) => this.#drop(ended));
      this.#runners = [...this.#runners, runner];
      this.#reporter?.begin({
        app: () => this.#source,
        workers: () => this.#runners.flatMap((each) => each.report() ?? []),
      });
    }
  }

  #surroundings(): RunnerSurroundings {
    const bus = this.#bus;
    const client: Client = {
      workers: this.#runners,
      deadLetters: this.deadLetters,
      get publishing() {
        return publishingOf(bus);
      },
      // A handler that runs while the client closes may finish, publishing included.
      publish: ((given: Outgoing, options?: PublishOptions) =>
        this.#writer.publish(given, options)) as Client['publish'],
      publishAll: (source, options = {}) => this.#publishAll(source, options),
      cancel: (message) => this.#cancel(message),
      kv: (bucket) => this.#kv(bucket),
      start: (...parts) => this.start(...parts),
      pause: (worker, options) => this.pause(worker, options),
      resume: (worker, options) => this.resume(worker, options),
      close: (options) => this.close(options),
      [Symbol.asyncDispose]: () => this.close(),
    };
    const source = this.#source ?? DEFAULT_SOURCE;
    return {
      bus: this.#bus,
      client,
      sink: this.#sink,
      codec: this.#codec,
      source,
      drainClock: this.#drainClock,
      dice: this.#dice,
      reports: this.#reporter !== undefined,
      watchdog: this.#watchdog,
    };
  }

  /** A worker that cannot go on ends; starting it again begins anew. */
  #drop(runner: Runner): void {
    this.#runners = this.#runners.filter((each) => each !== runner);
    void runner.drain(0);
  }

  async #close(timeoutMs: number): Promise<void> {
    const clock = this.#drainClock;
    const endMs = clock.monotonic() + timeoutMs;
    const leftMs = () => Math.max(0, endMs - clock.monotonic());
    try {
      this.#loads.stop();
      await within(leftMs(), this.#starting, clock);
      await Promise.all(this.#runners.map((runner) => runner.drain(leftMs())));
      await within(leftMs(), this.#loads.settled(), clock);
    } finally {
      await this.#bus.close(leftMs());
      this.#watchdog?.stop();
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw isClosed();
  }
}

function publishingOf(bus: Bus): Publishing {
  return bus.publishing ?? STORED_AT_ONCE;
}

function isClosed(): JetlaneError {
  return new JetlaneError('CLOSED', 'this client is closed; connect() makes a new one');
}
