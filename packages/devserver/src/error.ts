/**
 * The only error that this package throws: no nats-server could be found, fetched or started.
 *
 * The message says what was tried, what came of it and what to do. `retryable` is always false: the
 * package has already tried again wherever that could help (another port, another way to a server).
 */
export class DevserverError extends Error {
  /** Always `'SERVER_START_FAILED'`, the same code that Jetlane's own error uses for this. */
  readonly code = 'SERVER_START_FAILED';
  /** Always false. */
  readonly retryable = false;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DevserverError';
  }
}
