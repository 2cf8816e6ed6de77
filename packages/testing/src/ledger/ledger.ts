import type { LedgerEntry, LedgerEvent, LedgerPlace, LedgerWriter } from './entry.ts';
import { KeyOrder, type LedgerFindings } from './key-order.ts';

/**
 * What a test run sent, got acknowledged, had delivered and did: an append-only record, from which follow losses,
 * duplicates, double effects and broken order. Ids are compared as text; equal ids are one message. Keeps a few numbers
 * for each id and each key; the entries themselves are not kept.
 *
 * @example
 * const ledger = new Ledger();
 * ledger.acked((await client.publish(order)).stream === 'ORDERS' ? order.id : '');
 * expect(ledger.lost()).toEqual([]);
 */
export class Ledger implements LedgerWriter {
  readonly #by: string;
  readonly #messages = new Map<string, Tally>();
  readonly #order = new KeyOrder();
  /** Distinct messages by event. */
  readonly #distinct: Tally = { sent: 0, acked: 0, began: 0, delivered: 0, failed: 0, effect: 0 };

  /** @param by what this process is called in its entries. Default `'test'` */
  constructor(by = 'test') {
    this.#by = by;
  }

  sent(id: string): void {
    this.#note('sent', id);
  }

  acked(id: string): void {
    this.#note('acked', id);
  }

  began(id: string, place?: LedgerPlace): void {
    this.#note('began', id, place);
  }

  delivered(id: string, place?: LedgerPlace): void {
    this.#note('delivered', id, place);
  }

  failed(id: string, place?: LedgerPlace): void {
    this.#note('failed', id, place);
  }

  effect(id: string): void {
    this.#note('effect', id);
  }

  gone(by: string): void {
    this.#note('gone', by);
  }

  /** Takes an entry that another process wrote. Entries of one ledger come in the order in which they happened. */
  add(entry: LedgerEntry): void {
    const { event, id } = entry;
    if (event === 'gone') return this.#order.gone(id);
    let tally = this.#messages.get(id);
    if (tally === undefined) {
      tally = { sent: 0, acked: 0, began: 0, delivered: 0, failed: 0, effect: 0 };
      this.#messages.set(id, tally);
    }
    this.#order.take(entry, tally.delivered === 0);
    if (tally[event]++ === 0) this.#distinct[event]++;
  }

  /** Distinct messages so far. Cheap, as opposed to the lists below, which look at every message. */
  get counts(): {
    readonly sent: number;
    readonly acked: number;
    readonly delivered: number;
    readonly effects: number;
  } {
    const { sent, acked, delivered, effect } = this.#distinct;
    return { sent, acked, delivered, effects: effect };
  }

  /** Acknowledged, never delivered. */
  lost(): string[] {
    return this.#where(({ acked, delivered }) => acked > 0 && delivered === 0);
  }

  /** Delivered more than once. */
  duplicates(): string[] {
    return this.#where(({ delivered }) => delivered > 1);
  }

  /** Delivered, never sent. */
  strangers(): string[] {
    return this.#where(({ sent, delivered }) => delivered > 0 && sent === 0);
  }

  /** Whose effect was committed more than once. */
  doubleEffects(): string[] {
    return this.#where(({ effect }) => effect > 1);
  }

  /** Acknowledged, whose effect was never committed. */
  missingEffects(): string[] {
    return this.#where(({ acked, effect }) => acked > 0 && effect === 0);
  }

  /** How often a message came again: began, or was delivered, once more than the first time. */
  redeliveries(): number {
    let again = 0;
    for (const { began, delivered } of this.#messages.values())
      again += Math.max(0, Math.max(began, delivered) - 1);
    return again;
  }

  /**
   * Messages that were delivered for the first time after a later one of their key. Of those with a place only. Whatever
   * comes again after it was delivered does not count: that is a duplicate.
   */
  inversions(): LedgerFindings {
    return this.#order.inversions;
  }

  /**
   * Messages that began while another handler, or another process, was still at one of their key. Of those with a
   * place only; needs `began` before each `delivered` or `failed`, and `gone` for processes that are killed.
   */
  overlaps(): LedgerFindings {
    return this.#order.overlaps;
  }

  #note(event: LedgerEvent, id: string, place?: LedgerPlace): void {
    this.add({ event, id, by: this.#by, atMs: Date.now(), ...place });
  }

  #where(holds: (tally: Tally) => boolean): string[] {
    const ids: string[] = [];
    for (const [id, tally] of this.#messages) if (holds(tally)) ids.push(id);
    return ids;
  }
}

/** How often each happened to one message. */
type Tally = { [Event in Exclude<LedgerEvent, 'gone'>]: number };
