/** The requests by which the owner of a pin keeps it, and what the server has said to them. */
export class PinRenewals {
  readonly #sent = new Map<string, number>();
  #number = 0;
  /** When the last one that the server answered was sent, by the monotonic clock. */
  confirmedMs = 0;

  /** How the reply subject of the next one ends. */
  next(nowMs: number): string {
    const token = `${RENEWAL}${this.#number++}`;
    if (this.#sent.size < RENEWALS_MAX) this.#sent.set(token, nowMs);
    return token;
  }

  /** The server answered the one whose reply subject ends so; `kept` says whether the pin is still there. */
  answered(token: string, kept: boolean): void {
    const sentMs = this.#sent.get(token);
    this.#sent.delete(token);
    if (kept && sentMs !== undefined) this.confirmedMs = sentMs;
  }

  /** Nothing that was sent so far will tell anything. */
  clear(): void {
    this.#sent.clear();
  }
}

/** How reply subjects of renewals begin; other requests have numbers. */
export const RENEWAL = 'pin';
/** Renewals whose answers are waited for. */
const RENEWALS_MAX = 16;
