/** `String(value)` for what a caller gave, which may be anything: it never throws. */
export function printed(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value that cannot be shown';
  }
}
