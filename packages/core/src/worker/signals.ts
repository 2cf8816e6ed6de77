/** What `context.reject()` throws. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

/** What `context.retry()` throws. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly delayMs: number;

  constructor(delayMs: number, reason: string) {
    super(reason);
    this.delayMs = delayMs;
  }
}
