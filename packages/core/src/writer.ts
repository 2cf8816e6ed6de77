/** From messages to promises of their acks, in the order of the calls. */
import {
  configInvalid,
  type EncodedMessage,
  encodeMessage,
  type Outgoing,
} from '@jetlane/contracts';
import { publishProblems } from './bulk/bulk-options.ts';
import type { Bus, PublishAck } from './bus.ts';
import { awaitAll, encodeAll, handOver, type Sink, type WriteContext } from './publish.ts';
import { Turns } from './turns.ts';

/** How to publish several messages. */
export interface PublishOptions {
  /** All of them are stored, or none. Default false. */
  atomic?: boolean;
}

/** What a writer writes to. */
interface Surroundings {
  readonly bus: Pick<Bus, 'bulk'>;
  readonly sink: Sink;
  readonly context: () => WriteContext;
}

/** See the head of this file. */
export class Writer {
  readonly #bus: Pick<Bus, 'bulk'>;
  readonly #sink: Sink;
  readonly #context: () => WriteContext;
  /** Messages are handed over in the order of the calls, also when a schema takes its time. */
  readonly #turns = new Turns();

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
    const { ack } = await this.#turns.take(async () => ({ ack: this.#sink.store(await encoded) }));
    return ack;
  }

  async #publishMany(given: readonly Outgoing[]): Promise<PublishAck[]> {
    const encoded = encodeAll(given, this.#context());
    encoded.catch(ignore);
    return awaitAll(await this.#turns.take(async () => handOver(this.#sink, await encoded)));
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
    const { stored } = await this.#turns.take(async () => ({
      stored: bulk.storeAll(await encoded),
    }));
    return stored;
  }
}

function ignore(): void {}
