import {
  type Codec,
  type Duration,
  encodeMessage,
  JetlaneError,
  type Outgoing,
  type Runnable,
  toMs,
} from '@jetlane/contracts';
import { collect } from './app.ts';
import type { Bus, PublishAck, Topology } from './bus.ts';
import { observedStore } from './observe.ts';
import { encodeAll, storeAll } from './publish.ts';
import { type Runner, run } from './worker/runner.ts';

/** A connection. `await using` closes it. Every method throws `CLOSED` after `close`. */
export interface Client extends AsyncDisposable {
  /**
   * Resolves once the stream has stored the message. Retries under the same id until `publishTimeout`, so that a lost
   * ack stores nothing twice.
   *
   * @throws JetlaneError `VALIDATION_FAILED`, `SUBJECT_INVALID`, `MESSAGE_TOO_LARGE` before anything is sent;
   *   `NO_STREAM`, `STREAM_FULL`, `PERMISSION_DENIED`, `PUBLISH_TIMEOUT`, `CLOSED` after
   */
  publish(message: Outgoing): Promise<PublishAck>;
  /**
   * Pipelined: checks all, writes all in order, then awaits all. When one breaks its schema nothing is sent. If the
   * stream refuses some the rest are stored; publishing the same messages again is safe. Acks come in the order given.
   */
  publish(messages: readonly Outgoing[]): Promise<PublishAck[]>;
  /**
   * Creates or updates streams and consumers (see `topology`), never deletes; then runs the workers. Starting a stream
   * only creates it. Resolves when every worker is pulling.
   *
   * @throws JetlaneError `TOPOLOGY_CONFLICT`, `CONFIG_INVALID`, `CLOSED`
   */
  start(...parts: readonly Runnable[]): Promise<void>;
  /**
   * Drains: fetches no more, lets running handlers finish and their results be stored, gives back what had not
   * begun, flushes. After `timeout` (default `'25s'`) running handlers are aborted and their messages redelivered later.
   * A second call awaits the first.
   */
  close(options?: { timeout?: Duration }): Promise<void>;
}

/** How a client writes. */
export interface ClientOptions {
  readonly codec: Codec;
  /** `ce-source`; undefined takes the name of the first app started. */
  readonly source: string | undefined;
}

const DRAIN_TIMEOUT: Duration = '25s';
const DEFAULT_SOURCE = 'jetlane';

/** A client and what it runs. */
export interface RunningClient extends Client {
  readonly runners: readonly Runner[];
}

/** A client over any bus. */
export function createClient(bus: Bus, options: ClientOptions): RunningClient {
  return new BusClient(bus, options);
}

class BusClient implements RunningClient {
  readonly runners: Runner[] = [];
  readonly #bus: Bus;
  readonly #store: Bus['store'];
  readonly #codec: Codec;
  #source: string | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(bus: Bus, { codec, source }: ClientOptions) {
    this.#bus = bus;
    this.#store = observedStore(bus);
    this.#codec = codec;
    this.#source = source;
  }

  publish(message: Outgoing): Promise<PublishAck>;
  publish(messages: readonly Outgoing[]): Promise<PublishAck[]>;
  async publish(given: Outgoing | readonly Outgoing[]): Promise<PublishAck | PublishAck[]> {
    this.#assertOpen();
    const { clock, maxPayload } = this.#bus;
    const source = this.#source ?? DEFAULT_SOURCE;
    const context = { codec: this.#codec, source, maxPayload, nowMs: clock.now() };
    if (Array.isArray(given)) return storeAll(this.#store, await encodeAll(given, context));
    const encoded = encodeMessage(given as Outgoing, context);
    return this.#store(encoded instanceof Promise ? await encoded : encoded);
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

  close({ timeout = DRAIN_TIMEOUT }: { timeout?: Duration } = {}): Promise<void> {
    this.#closing ??= this.#drain(toMs(timeout));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(topology: Topology): Promise<void> {
    this.#assertOpen();
    await this.#bus.prepare(topology);
    const running = new Set(this.runners.map(({ name }) => name));
    const around = {
      bus: this.#bus,
      client: this,
      store: this.#store,
      codec: this.#codec,
      source: this.#source ?? DEFAULT_SOURCE,
    };
    for (const worker of topology.workers)
      if (!running.has(worker.name)) this.runners.push(await run(worker, around));
  }

  async #drain(timeoutMs: number): Promise<void> {
    await this.#starting;
    await Promise.all(this.runners.map((runner) => runner.drain(timeoutMs)));
    await this.#bus.close();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined)
      throw new JetlaneError('CLOSED', 'this client is closed; connect() makes a new one');
  }
}
