/** From messages to promises of their acks, in the order of the calls. */
import {
  configInvalid,
  type EncodedMessage,
  encodeMessage,
  type Outgoing,
} from '@jetlane/contracts';
import { publishProblems } from './bulk/bulk-options.ts';
import type { Bus, PublishAck } from './bus.ts';
import { crowded, timedOut } from './nats/publish-errors.ts';
import { awaitAll, encodeAll, handOver, type Sink, type WriteContext } from './publish.ts';
import { Turns } from './turns.ts';

/** How to publish several messages. */
export interface PublishOptions {
  /** All of them are stored, or none. Default false. */
  atomic?: boolean;
}

/** What a writer writes to. */
interface Surroundings {
  readonly bus: Pick<Bus, 'bulk' | 'publishTimeoutMs'>;
  readonly sink: Sink;
  readonly context: () => WriteContext;
}

/** See the head of this file. */
export class Writer {
  readonly #bus: Pick<Bus, 'bulk' | 'publishTimeoutMs'>;
  readonly #sink: Sink;
  readonly #context: () => WriteContext;
  /** Messages are handed over in the order of the calls, also when a schema takes its time. */
  readonly #turns = new Turns();
  #waiting = 0;
  /** Whether the list that had the last turn ended for want of acks: then waiting for it counts towards the time of the next. */
  #outage = false;

  constructor({ bus, sink, context }: Surroundings) {
    this.#bus = bus;
    this.#sink = sink;
    this.#context = context;
  }

  /** Never throws: what is wrong rejects. */
  publish(
    given: Outgoing | readonly Outgoing[],
    options: PublishOptions | undefined,
  ): Promise<PublishAck | PublishAck[]> {
    return options === undefined ? this.#publishPlain(given) : this.#publishWith(given, options);
  }

  /** One message costs no promise but that of its ack, unless its schema takes time or one before it did. */
  #publishPlain(given: Outgoing | readonly Outgoing[]): Promise<PublishAck | PublishAck[]> {
    if (Array.isArray(given)) return this.#publishMany(given);
    try {
      const encoded = encodeMessage(given as Outgoing, this.#context());
      return !this.#turns.busy && !(encoded instanceof Promise)
        ? this.#sink.store(encoded)
        : this.#publishLater(encoded);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #publishLater(encoded: EncodedMessage | Promise<EncodedMessage>): Promise<PublishAck> {
    // It may fail before its turn comes: until then it is nobody's unhandled rejection.
    if (encoded instanceof Promise) encoded.catch(ignore);
    // The ack travels in an object, or its turn would last until it came.
    const { ack } = await this.#take(async (calledMs) => {
      const message = await encoded;
      return { ack: this.#sink.store(message, this.#waitedMs(calledMs, message)) };
    });
    return ack;
  }

  async #publishMany(given: readonly Outgoing[]): Promise<PublishAck[]> {
    const encoded = encodeAll(given, this.#context());
    encoded.catch(ignore);
    const handed = await this.#take(async (calledMs) => {
      const messages = await encoded;
      const over = await handOver(this.#sink, messages, this.#waitedMs(calledMs, messages[0]));
      this.#outage = over.left > 0;
      return over;
    });
    return awaitAll(handed);
  }

  async #publishWith(
    given: Outgoing | readonly Outgoing[],
    options: PublishOptions,
  ): Promise<PublishAck | PublishAck[]> {
    const problems = publishProblems(given, options);
    if (problems.length > 0) throw configInvalid('client.publish()', problems);
    if (options.atomic !== true) return this.#publishPlain(given);
    if (!Array.isArray(given) || given.length === 0) return [];
    const { bulk } = this.#bus;
    if (bulk === undefined)
      throw configInvalid('client.publish()', ['this bus has no atomic batches']);
    const encoded = encodeAll(given, this.#context());
    encoded.catch(ignore);
    // Its turn is over when it is written: the next one need not wait for the commit.
    const { stored } = await this.#take(async () => ({ stored: bulk.storeAll(await encoded) }));
    return stored;
  }

  /** Runs the task in its turn. */
  async #take<T>(task: (calledMs: number) => Promise<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) throw crowded(this.#waiting);
    const calledMs = performance.now();
    this.#waiting++;
    return this.#turns.take(() => {
      this.#waiting--;
      return task(calledMs);
    });
  }

  /**
   * How much of its time a message has spent on waiting for lists that got no acks. Behind lists that did it has lost nothing: each
   * of them has the server's attention for as long as it takes.
   *
   * @throws JetlaneError `PUBLISH_TIMEOUT` when that is all of it
   */
  #waitedMs(calledMs: number, message: EncodedMessage | undefined): number {
    const { publishTimeoutMs } = this.#bus;
    if (!this.#outage || publishTimeoutMs === undefined || message === undefined) return 0;
    const waitedMs = performance.now() - calledMs;
    if (waitedMs < publishTimeoutMs) return waitedMs;
    throw timedOut(
      message.subject,
      publishTimeoutMs,
      'what was published before got none',
      undefined,
    );
  }
}

/** Calls that wait for their turn; then `OVERLOADED`. */
const WAITING_MAX = 16_384;

function ignore(): void {}
