/** What the doctor says about one thing. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  /** What was looked at: `reachable`, `jetstream`, `version`, `drift`, `exhausted`, `ack-pending`, … */
  readonly check: string;
  readonly what: string;
  /** What to do about it; empty when all is well. */
  readonly fix: string;
}

/** A finding that all is well. */
export function ok(check: string, what: string): Finding {
  return { level: 'ok', check, what, fix: '' };
}

/** Something to know about; nothing fails yet. */
export function warning(check: string, what: string, fix: string): Finding {
  return { level: 'warning', check, what, fix };
}

/** Something that fails, or is about to. */
export function failure(check: string, what: string, fix: string): Finding {
  return { level: 'error', check, what, fix };
}
