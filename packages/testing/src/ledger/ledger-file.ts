import { closeSync, openSync, writeSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { type LedgerEvent, type LedgerPlace, type LedgerWriter, toLine } from './entry.ts';

/**
 * A ledger in a file, for runs of several processes. Each entry is one append (`O_APPEND`) made before the call returns:
 * it survives a kill -9 of the process, not a power cut. Processes that write to one file at once keep each other's
 * entries whole, and the file's order is the order in which they happened. Read it with {@link LedgerReader}.
 *
 * An entry begins with the end of the line before it. So an append that a kill has torn in the middle costs that entry
 * alone, never the next one.
 *
 * @example
 * using ledger = new LedgerFile(process.env.LEDGER ?? 'ledger.jsonl');
 * const billing = worker('billing', { from: Orders }, [
 *   on(OrderPlaced, ({ id, seq, data: { orderId } }) => {
 *     ledger.began(id, { key: orderId, seq });
 *     ledger.delivered(id, { key: orderId, seq });
 *   }),
 * ]);
 */
export class LedgerFile implements LedgerWriter {
  /** What this process is called in its entries. */
  readonly by: string;
  readonly #file: number;

  /**
   * Opens the file, or creates it.
   *
   * @param by must differ from that of every other writer, earlier ones included. Default: process id and time
   * @throws Error of the system when the file cannot be opened
   */
  constructor(path: string, by = `${process.pid}.${threadId}@${Date.now().toString(36)}`) {
    this.by = by;
    this.#file = openSync(path, 'a');
  }

  sent(id: string): void {
    this.#write('sent', id);
  }

  acked(id: string): void {
    this.#write('acked', id);
  }

  began(id: string, place?: LedgerPlace): void {
    this.#write('began', id, place);
  }

  delivered(id: string, place?: LedgerPlace): void {
    this.#write('delivered', id, place);
  }

  failed(id: string, place?: LedgerPlace): void {
    this.#write('failed', id, place);
  }

  effect(id: string): void {
    this.#write('effect', id);
  }

  gone(by: string): void {
    this.#write('gone', by);
  }

  /** Closes the file. Writing after it throws. */
  close(): void {
    closeSync(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(event: LedgerEvent, id: string, place?: LedgerPlace): void {
    writeSync(this.#file, `\n${toLine({ event, id, by: this.by, atMs: Date.now(), ...place })}`);
  }
}
