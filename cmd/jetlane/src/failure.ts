/** Exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, changes: 3, interrupted: 130 } as const;

/** One sentence for the user, and the exit code. Nothing else of it is shown without `--debug`. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed, options?: { cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong: exit code 2. */
export function usageFailure(message: string): Failure {
  return new Failure(message, exitCodes.usage);
}

/** What went wrong, in words, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  if (error instanceof Error && error.message !== '') return error.message;
  if (error instanceof Error) return error.name;
  return String(error);
}
