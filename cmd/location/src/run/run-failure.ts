/** A reason why a run cannot go on, in one sentence that says what to do. */
export class RunFailure extends Error {}
