/** Many messages at once, in this process: stored as they come, under the rules that a server has for them. */
import {
  configInvalid,
  type EncodedMessage,
  isJetlaneError,
  JetlaneError,
} from '@jetlane/contracts';
import { batchProblems, noAtomic } from '../bulk/atomic-writer.ts';
import type { BulkPort, BulkTarget, Ingest, IngestEvents } from '../bulk/bulk-port.ts';
import type { PublishAck } from '../bus.ts';
import { noStream } from '../nats/publish-errors.ts';
import type { Fields } from '../topology/stream-config.ts';
import type { MemoryStream } from './memory-stream.ts';

/** What this needs of the bus. */
export interface MemoryStore {
  store(message: EncodedMessage): Promise<PublishAck>;
  /** Stores all or nothing, at once. */
  storeAll(stream: MemoryStream, messages: readonly EncodedMessage[]): PublishAck[];
  find(subject: string): { readonly made: MemoryStream; readonly config: Fields } | undefined;
}

/** See the head of this file. */
export class MemoryBulk implements BulkPort {
  readonly batchesAtOnce = 1;
  readonly batchBytesMax = 8 * 1024 * 1024;
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async target(subject: string): Promise<BulkTarget | undefined> {
    const found = this.#store.find(subject);
    if (found === undefined) return undefined;
    const { made, config } = found;
    return {
      stream: made.name,
      lastSeq: made.lastSeq,
      noIngest: config.allow_batched === true ? undefined : 'allow_batched is off',
      noAtomic: config.allow_atomic === true ? undefined : 'allow_atomic is off',
      covers: (other) => made.covers(other),
    };
  }

  ingest(target: BulkTarget, events: IngestEvents): Ingest {
    return new MemoryIngest(this.#store, target, events);
  }

  async storeAll(messages: readonly EncodedMessage[]): Promise<PublishAck[]> {
    const { subject } = messages[0] as EncodedMessage;
    const target = await this.target(subject);
    const stream = this.#store.find(subject)?.made;
    if (target === undefined || stream === undefined) throw noStream(subject);
    const problems = batchProblems(messages, target);
    if (problems.length > 0) throw configInvalid('an atomic publish', problems);
    if (target.noAtomic !== undefined) throw noAtomic(target.stream, target.noAtomic);
    return this.#store.storeAll(stream, messages);
  }
}

const UNCONFIRMED_MAX = 500;

class MemoryIngest implements Ingest {
  readonly #store: MemoryStore;
  readonly #events: IngestEvents;
  #lastSeq: number;
  #isOver = false;
  #storing: Promise<void> = Promise.resolve();
  #unconfirmed = 0;

  constructor(store: MemoryStore, target: BulkTarget, events: IngestEvents) {
    this.#store = store;
    this.#events = events;
    this.#lastSeq = target.lastSeq;
  }

  room(): Promise<void> | undefined {
    return this.#unconfirmed >= UNCONFIRMED_MAX ? this.#storing : undefined;
  }

  write(message: EncodedMessage): void {
    this.#unconfirmed++;
    this.#storing = this.#storing.then(() => this.#take(message));
  }

  async end(): Promise<number> {
    await this.#storing;
    return this.#lastSeq;
  }

  /** One after the other: what follows a refused message is not stored. */
  async #take(message: EncodedMessage): Promise<void> {
    this.#unconfirmed--;
    if (this.#isOver) return;
    try {
      const { seq, duplicate } = await this.#store.store(message);
      if (!duplicate) this.#lastSeq = Math.max(this.#lastSeq, seq);
      this.#events.at(seq);
      this.#events.confirmed(1, message.payload.length);
    } catch (error) {
      this.#isOver = true;
      const words = error instanceof Error ? error.message : String(error);
      this.#events.failed(
        isJetlaneError(error) ? error : new JetlaneError('STREAM_FULL', words, { cause: error }),
      );
    }
  }
}
