/**
 * Writes each message by itself, with an ack of its own. The publisher's window bounds what is on its way; the bound here is
 * for buses that store without waiting.
 */
import type { EncodedMessage } from '@jetlane/contracts';
import type { PublishAck } from '../bus.ts';
import type { Sink } from '../publish.ts';
import type { BulkWriter } from './bulk-writer.ts';
import type { Tally } from './tally.ts';

const UNCONFIRMED_MAX = 16_384;

/** See the head of this file. */
export class PlainWriter implements BulkWriter {
  readonly #sink: Sink;
  readonly #tally: Tally;
  readonly #failed: (error: unknown) => void;
  #unconfirmed = 0;
  #waiting: (() => void) | undefined;

  constructor(sink: Sink, tally: Tally, failed: (error: unknown) => void) {
    this.#sink = sink;
    this.#tally = tally;
    this.#failed = failed;
  }

  room(): Promise<void> | undefined {
    return this.#unconfirmed >= UNCONFIRMED_MAX ? this.#next() : this.#sink.ready();
  }

  /** @param stored hears of the ack, instead of the tally */
  write(message: EncodedMessage, stored?: (ack: PublishAck) => void): void {
    this.#unconfirmed++;
    const bytes = message.payload.length;
    this.#sink.store(message).then(
      (ack) => {
        if (stored === undefined) this.#tally.acked(ack, bytes);
        else stored(ack);
        this.#settled();
      },
      (error: unknown) => {
        this.#failed(error);
        this.#settled();
      },
    );
  }

  async end(): Promise<void> {
    while (this.#unconfirmed > 0) await this.#next();
  }

  #settled(): void {
    this.#unconfirmed--;
    if (this.#waiting === undefined) return;
    this.#waiting();
    this.#waiting = undefined;
  }

  /** Resolves with the next settled message. One waits at a time. */
  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
