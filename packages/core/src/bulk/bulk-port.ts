import type { EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { PublishAck } from '../bus.ts';

/** A stream, and what it takes of many messages at once. */
export interface BulkTarget {
  readonly stream: string;
  /** Its last position as this was looked up. */
  readonly lastSeq: number;
  /** Why it takes no fast ingest, in words; undefined when it does. */
  readonly noIngest: string | undefined;
  /** Why it takes no atomic batches, in words; undefined when it does. */
  readonly noAtomic: string | undefined;
  /** Whether it stores this subject. */
  covers(subject: string): boolean;
}

/** What an ingest tells its owner. */
export interface IngestEvents {
  /** So many more messages, in the order written, are in the stream, and so many payload bytes. */
  confirmed(count: number, bytes: number): void;
  /** One of its messages has this position. */
  at(seq: number): void;
  /** So many messages got lost and go again, in order. */
  republished(count: number): void;
  /** It cannot go on; what was not confirmed may be stored or not. */
  failed(error: JetlaneError): void;
  /** The stream takes no ingest, or no longer: `rest` is what has to be stored otherwise, in order, under the same ids. */
  unsupported(why: string, rest: readonly EncodedMessage[]): void;
}

/** How an ingest works. */
export interface IngestOptions {
  readonly onGap: 'republish' | 'fail';
}

/** A running ingest into one stream. */
export interface Ingest {
  /** Undefined while {@link write} may be called; else a promise of when. */
  room(): Promise<void> | undefined;
  /** Hands over one message. Does nothing once it has failed, or is not supported. */
  write(message: EncodedMessage): void;
  /** Resolves with the stream's last position that matters when all that was written is confirmed, or nothing more will be. */
  end(): Promise<number>;
}

/** The part of a bus that takes many messages at once. */
export interface BulkPort {
  /** Atomic batches whose commits are awaited at once. */
  readonly batchesAtOnce: number;
  /** Bytes of one atomic batch. */
  readonly batchBytesMax: number;
  /**
   * The stream of a subject; undefined when none stores it.
   * @throws JetlaneError `PERMISSION_DENIED`, `CONNECTION_LOST`, `JETSTREAM_UNAVAILABLE`, `PUBLISH_TIMEOUT`, `CLOSED`
   */
  target(subject: string): Promise<BulkTarget | undefined>;
  /** Begins an ingest. */
  ingest(target: BulkTarget, events: IngestEvents, options: IngestOptions): Ingest;
  /**
   * Stores all of these, 1 to 1,000 of one stream, or none. Acks in the order given.
   *
   * @throws JetlaneError `CONFLICT` when some of the ids are known already, `TOPOLOGY_CONFLICT`, `STREAM_FULL`,
   *   `MESSAGE_TOO_LARGE`, `PUBLISH_TIMEOUT`, `PERMISSION_DENIED`, `CLOSED`
   */
  storeAll(messages: readonly EncodedMessage[]): Promise<PublishAck[]>;
}
