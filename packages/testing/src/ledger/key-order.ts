import type { LedgerEntry } from './entry.ts';

/** How often something happened that must not, and the first few times in words. */
export interface LedgerFindings {
  readonly count: number;
  /** At most ten. */
  readonly examples: readonly string[];
}

/** Watches that the messages of each key are handled in order and one at a time. */
export class KeyOrder {
  readonly inversions = { count: 0, examples: [] as string[] };
  readonly overlaps = { count: 0, examples: [] as string[] };
  readonly #last = new Map<string, LedgerEntry>();
  /** What began and did not end, by key. Usually one, and none for most keys. */
  readonly #running = new Map<string, LedgerEntry[]>();

  /** @param first whether the message was never delivered before */
  take(entry: LedgerEntry, first: boolean): void {
    const { event, key } = entry;
    if (key === undefined) return;
    if (event === 'began') this.#begin(entry, key);
    if (event === 'delivered' || event === 'failed') this.#end(entry, key);
    if (event === 'delivered' && first) this.#deliver(entry, key);
  }

  gone(by: string): void {
    for (const [key, running] of this.#running) this.#keep(key, running, (each) => each.by !== by);
  }

  #begin(entry: LedgerEntry, key: string): void {
    const running = this.#running.get(key) ?? [];
    // The same message again in the same process is another attempt of one lane: its first one is over.
    const other = running.find(({ id, by }) => id !== entry.id || by !== entry.by);
    if (other !== undefined)
      found(
        this.overlaps,
        `${key}: ${entry.id} began in ${entry.by} while ${other.id} ran in ${other.by}`,
      );
    const others = running.filter(({ id, by }) => id !== entry.id || by !== entry.by);
    this.#running.set(key, [...others, entry]);
  }

  #end(entry: LedgerEntry, key: string): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#keep(key, running, ({ id, by }) => id !== entry.id || by !== entry.by);
  }

  #deliver(entry: LedgerEntry, key: string): void {
    const last = this.#last.get(key);
    if (last === undefined || (entry.seq ?? 0) > (last.seq ?? 0)) this.#last.set(key, entry);
    else
      found(
        this.inversions,
        `${key}: ${entry.id} (${entry.seq}) in ${entry.by} after ${last.id} (${last.seq}) in ${last.by}`,
      );
  }

  #keep(key: string, running: LedgerEntry[], stays: (entry: LedgerEntry) => boolean): void {
    const left = running.filter(stays);
    if (left.length > 0) this.#running.set(key, left);
    else this.#running.delete(key);
  }
}

const EXAMPLES_MAX = 10;

function found(findings: { count: number; examples: string[] }, words: string): void {
  findings.count++;
  if (findings.examples.length < EXAMPLES_MAX) findings.examples.push(words);
}
