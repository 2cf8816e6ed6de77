/** Gathers messages into batches that are stored as a whole or not at all, some of them at once. */
import { configInvalid, type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import { BATCH_MAX } from '../bucket.ts';
import { isDelayed } from '../schedule/delayed.ts';
import type { BulkPort, BulkTarget } from './bulk-port.ts';
import type { BulkWriter } from './bulk-writer.ts';
import type { Tally } from './tally.ts';

/** What an atomic writer is made of. */
export interface AtomicWriterParts {
  readonly port: Pick<BulkPort, 'storeAll' | 'batchBytesMax' | 'batchesAtOnce'>;
  readonly target: BulkTarget;
  /** Messages of one batch. */
  readonly size: number;
  readonly tally: Tally;
  readonly failed: (error: unknown) => void;
}

/** See the head of this file. */
export class AtomicWriter implements BulkWriter {
  readonly #parts: AtomicWriterParts;
  readonly #underWay = new Set<Promise<void>>();
  #batch: EncodedMessage[] = [];
  #bytes = 0;
  #broken = false;

  constructor(parts: AtomicWriterParts) {
    this.#parts = parts;
  }

  room(): Promise<void> | undefined {
    return this.#underWay.size < this.#parts.port.batchesAtOnce
      ? undefined
      : Promise.race(this.#underWay);
  }

  write(message: EncodedMessage): void {
    const { port, target, size } = this.#parts;
    const problems = batchProblems([message], target);
    if (problems.length > 0) return this.#break(configInvalid("mode: 'atomic'", problems));
    const bytes = message.payload.length;
    if (this.#bytes + bytes > port.batchBytesMax) this.#send();
    this.#batch.push(message);
    this.#bytes += bytes;
    if (this.#batch.length >= size) this.#send();
  }

  async end(): Promise<void> {
    this.#send();
    await Promise.all(this.#underWay);
  }

  #send(): void {
    const batch = this.#batch;
    const bytes = this.#bytes;
    this.#batch = [];
    this.#bytes = 0;
    // What follows a batch that was refused is not sent: the load ends there.
    if (batch.length === 0 || this.#broken) return;
    const storing = this.#store(batch, bytes).finally(() => this.#underWay.delete(storing));
    this.#underWay.add(storing);
  }

  async #store(batch: readonly EncodedMessage[], bytes: number): Promise<void> {
    const { port, tally } = this.#parts;
    try {
      const acks = await port.storeAll(batch);
      for (const { stream, seq, duplicate } of acks) {
        if (duplicate) tally.duplicates++;
        tally.at(stream, seq);
      }
      tally.add(batch.length, bytes);
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    this.#broken = true;
    this.#parts.failed(error);
  }
}

/** What is wrong with messages that are to be stored as a whole or not at all, in words. */
export function batchProblems(messages: readonly EncodedMessage[], target: BulkTarget): string[] {
  const problems: string[] = [];
  if (messages.length > BATCH_MAX)
    problems.push(`at most ${BATCH_MAX} messages are stored at once, not ${messages.length}`);
  const ids = new Set(messages.map(({ id }) => id));
  if (ids.size < messages.length)
    problems.push(`each message needs an id of its own; ${messages.length - ids.size} repeat one`);
  const delayed = messages.filter(isDelayed).length;
  if (delayed > 0)
    problems.push(`${delayed} of the messages are due later: publish those one by one`);
  const strays = messages.filter(({ subject }) => !target.covers(subject));
  if (strays.length > 0)
    problems.push(
      `all messages must go to one stream: ${target.stream} does not store ${strays[0]?.subject}; publish what goes elsewhere apart`,
    );
  return problems;
}

/** The stream takes no batches. */
export function noAtomic(stream: string, why: string): JetlaneError {
  return new JetlaneError('TOPOLOGY_CONFLICT', `stream ${stream} takes no atomic batches: ${why}`);
}
