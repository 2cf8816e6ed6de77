import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { fromLine, type LedgerEntry } from './entry.ts';
import { Ledger } from './ledger.ts';

/**
 * Reads what processes write to a {@link LedgerFile}, while they write or afterwards. Keeps the unfinished last line for
 * the next call; a line that stays torn is counted and skipped.
 *
 * @example
 * using reader = new LedgerReader('ledger.jsonl');
 * await until(() => reader.read().lost().length === 0, 60_000, 'all delivered');
 */
export class LedgerReader {
  readonly #file: number;
  readonly #ledger = new Ledger();
  readonly #onEntry: (entry: LedgerEntry) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #at = 0;
  #rest = '';
  #torn = 0;

  /**
   * @param onEntry is told every entry, in order
   * @throws Error of the system when there is no such file
   */
  constructor(path: string, onEntry: (entry: LedgerEntry) => void = () => {}) {
    this.#file = openSync(path, 'r');
    this.#onEntry = onEntry;
  }

  /** Lines so far that a kill has torn: each is an entry that was being written when its process died. */
  get torn(): number {
    return this.#torn;
  }

  /** Reads what has come since the last call. The ledger is the same one each time. */
  read(): Ledger {
    for (;;) {
      const count = readSync(this.#file, this.#buffer, 0, READ_BYTES, this.#at);
      if (count === 0) return this.#ledger;
      this.#at += count;
      const lines = (this.#rest + this.#decoder.write(this.#buffer.subarray(0, count))).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) if (!this.#take(line) && line !== '') this.#torn++;
      // The last line has no end yet: it may be whole nevertheless.
      if (this.#take(this.#rest)) this.#rest = '';
    }
  }

  /** Closes the file; the ledger stays. */
  close(): void {
    closeSync(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(line: string): boolean {
    const entry = fromLine(line);
    if (entry === undefined) return false;
    this.#ledger.add(entry);
    this.#onEntry(entry);
    return true;
  }
}

const READ_BYTES = 2 ** 20;
