/** A run that cannot go on, said in one sentence: no stack is shown for it. */
export class RunFailure extends Error {}

/** The run was ended from outside: Ctrl-C, or its time was over. */
export class Interrupted extends RunFailure {}
