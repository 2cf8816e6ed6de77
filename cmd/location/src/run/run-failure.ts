/** A reason why a run cannot go on, in one sentence that says what to do. */
export class RunFailure extends Error {}

/** Somebody stopped a run before it had begun. */
export class RunStopped extends RunFailure {
  constructor(options?: ErrorOptions) {
    super('stopped before it began', options);
  }
}
