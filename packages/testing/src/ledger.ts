/**
 * What a test run sent, got acknowledged and had delivered: an append-only record, from which losses and duplicates
 * follow. Ids are compared as text; equal ids are one message.
 *
 * @example
 * const ledger = new Ledger();
 * ledger.acked((await client.publish(order)).stream === 'ORDERS' ? order.id : '');
 * expect(ledger.lost()).toEqual([]);
 */
export class Ledger {
  readonly #sent = new Set<string>();
  readonly #acked = new Set<string>();
  readonly #delivered = new Map<string, number>();

  /** A message was handed to `publish`. */
  sent(id: string): void {
    this.#sent.add(id);
  }

  /** Its `publish` resolved: from now on it may not be lost. */
  acked(id: string): void {
    this.#acked.add(id);
  }

  /** A handler finished with it. */
  delivered(id: string): void {
    this.#delivered.set(id, (this.#delivered.get(id) ?? 0) + 1);
  }

  /** Distinct messages so far. */
  get counts(): { readonly sent: number; readonly acked: number; readonly delivered: number } {
    return { sent: this.#sent.size, acked: this.#acked.size, delivered: this.#delivered.size };
  }

  /** Acknowledged, never delivered. */
  lost(): string[] {
    return [...this.#acked].filter((id) => !this.#delivered.has(id));
  }

  /** Delivered more than once. */
  duplicates(): string[] {
    return [...this.#delivered].filter(([, times]) => times > 1).map(([id]) => id);
  }

  /** Delivered, never sent. */
  strangers(): string[] {
    return [...this.#delivered.keys()].filter((id) => !this.#sent.has(id));
  }
}
