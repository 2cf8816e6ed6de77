/** Something that a user can do something about, in one sentence. Exit code 1. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}

/** What went wrong, in words, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
