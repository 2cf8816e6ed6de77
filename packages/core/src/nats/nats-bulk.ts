import type { EncodedMessage } from '@jetlane/contracts';
import type {
  BulkPort,
  BulkTarget,
  Ingest,
  IngestEvents,
  IngestOptions,
} from '../bulk/bulk-port.ts';
import type { PublishAck } from '../bus.ts';
import type { AtomicBatches } from './atomic-batch.ts';
import { AtomicStore } from './atomic-store.ts';
import { bulkTarget } from './bulk-target.ts';
import type { Connection } from './connection.ts';
import { FastIngest, type FastIngestLimits } from './fast-ingest.ts';

/** Commits take milliseconds each: as many as this wait for theirs at once, where their order does not matter. */
const BATCHES_AT_ONCE = 4;

/** Many messages at once, to a nats-server. */
export class NatsBulk implements BulkPort {
  readonly #connection: Connection;
  readonly #limits: FastIngestLimits & { readonly ordered?: boolean };
  readonly #store: AtomicStore;
  readonly #running = new Set<FastIngest>();

  constructor(
    connection: Connection,
    batches: AtomicBatches,
    limits: FastIngestLimits & { readonly ordered?: boolean },
  ) {
    this.#connection = connection;
    this.#limits = limits;
    this.#store = new AtomicStore(connection, batches, limits.publishTimeoutMs);
  }

  get batchesAtOnce(): number {
    return this.#limits.ordered ? 1 : BATCHES_AT_ONCE;
  }

  get batchBytesMax(): number {
    return this.#limits.maxInFlightBytes;
  }

  target(subject: string): Promise<BulkTarget | undefined> {
    return bulkTarget(this.#connection, subject);
  }

  ingest(target: BulkTarget, events: IngestEvents, options: IngestOptions): Ingest {
    const ingest = new FastIngest(this.#connection, target, events, {
      ...options,
      limits: this.#limits,
    });
    this.#running.add(ingest);
    return {
      room: () => ingest.room(),
      write: (message) => ingest.write(message),
      end: () => ingest.end().finally(() => this.#running.delete(ingest)),
    };
  }

  storeAll(messages: readonly EncodedMessage[]): Promise<PublishAck[]> {
    return this.#store.storeAll(messages);
  }

  /** Ends what still runs. */
  stop(): void {
    for (const ingest of this.#running) ingest.close();
  }
}
