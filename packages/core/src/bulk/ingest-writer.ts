/**
 * Writes to one stream by fast ingest, and plainly what cannot go that way: what is due later, what belongs to other streams,
 * and everything from where the stream takes no ingest any more.
 */
import { type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import { isDelayed } from '../schedule/delayed.ts';
import type { BulkPort, BulkTarget, Ingest, IngestOptions } from './bulk-port.ts';
import type { BulkWriter } from './bulk-writer.ts';
import type { PlainWriter } from './plain-writer.ts';
import type { Tally } from './tally.ts';

/** What an ingest writer is made of. */
export interface IngestWriterParts {
  readonly port: BulkPort;
  readonly target: BulkTarget;
  readonly plain: PlainWriter;
  readonly tally: Tally;
  /** Whether to go on plainly where ingest is impossible; else that is a failure. */
  readonly lenient: boolean;
  readonly failed: (error: unknown) => void;
}

/** See the head of this file. */
export class IngestWriter implements BulkWriter {
  readonly #parts: IngestWriterParts;
  readonly #ingest: Ingest;
  /** Confirmed by the ingest. */
  #ingested = 0;
  #lastSeq = 0;
  #over = false;
  /** While what the ingest left goes out plainly. */
  #leftover: Promise<void> | undefined;
  /** What came meanwhile: it must not overtake that. */
  #behind: EncodedMessage[] = [];

  constructor(parts: IngestWriterParts, options: IngestOptions) {
    this.#parts = parts;
    const { port, target, tally, failed } = parts;
    const events = {
      confirmed: (count: number, bytes: number) => {
        this.#ingested += count;
        tally.add(count, bytes);
      },
      at: (seq: number) => tally.at(target.stream, seq),
      republished: (count: number) => {
        tally.republished += count;
        tally.note('some messages got lost on their way and were sent again');
      },
      failed,
      unsupported: (why: string, rest: readonly EncodedMessage[]) => this.#goOn(why, rest),
    };
    this.#ingest = port.ingest(target, events, options);
  }

  room(): Promise<void> | undefined {
    if (this.#leftover !== undefined) return this.#leftover;
    return (this.#over ? undefined : this.#ingest.room()) ?? this.#parts.plain.room();
  }

  write(message: EncodedMessage): void {
    const { target, plain, tally, lenient, failed } = this.#parts;
    if (this.#leftover !== undefined) this.#behind.push(message);
    else if (this.#over || isDelayed(message)) plain.write(message);
    else if (target.covers(message.subject)) this.#ingest.write(message);
    else if (lenient) {
      tally.note(`what stream ${target.stream} does not store went one by one`);
      plain.write(message);
    } else failed(elsewhere(message.subject, target.stream));
  }

  async end(): Promise<void> {
    const lastSeq = await this.#ingest.end();
    await this.#leftover;
    await this.#parts.plain.end();
    // Positions taken while it ran: what was confirmed and did not take one was there before.
    const taken = Math.max(0, Math.max(lastSeq, this.#lastSeq) - this.#parts.target.lastSeq);
    this.#parts.tally.duplicates += Math.max(0, this.#ingested - taken);
  }

  #goOn(why: string, rest: readonly EncodedMessage[]): void {
    const { lenient, failed, target, tally } = this.#parts;
    if (!lenient) return failed(noIngest(target.stream, why));
    this.#over = true;
    if (this.#ingested === 0) tally.mode = 'plain';
    tally.note(`one by one, because ${why}`);
    this.#leftover = this.#writePlainly(rest).finally(() => {
      this.#leftover = undefined;
    });
  }

  async #writePlainly(rest: readonly EncodedMessage[]): Promise<void> {
    const { plain, tally } = this.#parts;
    for (const message of rest) {
      for (let room = plain.room(); room !== undefined; room = plain.room()) await room;
      // The ingest may have stored it: then the stream calls it a duplicate, and it is none.
      plain.write(message, ({ stream, seq }) => {
        this.#ingested++;
        this.#lastSeq = Math.max(this.#lastSeq, seq);
        tally.at(stream, seq);
        tally.add(1, message.payload.length);
      });
    }
    for (const message of this.#behind) {
      for (let room = plain.room(); room !== undefined; room = plain.room()) await room;
      plain.write(message);
    }
    this.#behind = [];
  }
}

/** The stream takes no ingest, and nothing else was allowed. */
export function noIngest(stream: string, why: string): JetlaneError {
  return new JetlaneError(
    'TOPOLOGY_CONFLICT',
    `stream ${stream} takes no fast ingest: ${why}; mode: 'auto' would publish one by one`,
  );
}

function elsewhere(subject: string, stream: string): JetlaneError {
  return new JetlaneError(
    'CONFIG_INVALID',
    `${subject} does not belong to stream ${stream}, and an ingest goes to one stream: publish it apart, or with mode: 'auto'`,
  );
}
