/** One line of a ledger: what happened to which message, and where. */

/**
 * What can happen. `sent`, `acked`: a publisher. `began`, `delivered` (its handler finished), `failed` (its handler
 * threw), `effect` (an effect was committed): a worker. `gone`: a process ended, whatever it had begun.
 */
export type LedgerEvent = (typeof EVENTS)[number];

/** See {@link LedgerEvent}. */
export interface LedgerEntry {
  readonly event: LedgerEvent;
  /** Of the message; for `gone`, of the process. */
  readonly id: string;
  /** The process that says so. */
  readonly by: string;
  /** When, in milliseconds since 1970, by the clock of that process. */
  readonly atMs: number;
  /** The key whose order must hold, and the place of the message in it. */
  readonly key?: string;
  readonly seq?: number;
}

/** Of a message whose order per key counts. */
export interface LedgerPlace {
  /** Equal keys must be handled in order, one at a time. */
  readonly key: string;
  /** Rises with the order: `message.seq`, or a number of the publisher's own. */
  readonly seq: number;
}

/** Writes what happens to messages: in memory ({@link Ledger}), or to a file ({@link LedgerFile}). */
export interface LedgerWriter {
  /** A message was handed to `publish`. */
  sent(id: string): void;
  /** Its `publish` resolved: from now on it may not be lost. */
  acked(id: string): void;
  /** A handler began with it. */
  began(id: string, place?: LedgerPlace): void;
  /** A handler finished with it. */
  delivered(id: string, place?: LedgerPlace): void;
  /** A handler that had begun with it threw. */
  failed(id: string, place?: LedgerPlace): void;
  /** An effect of it was committed: must happen once. */
  effect(id: string): void;
  /** The process that writes as `by` has ended: nothing that it had begun goes on. Written by whoever saw it end. */
  gone(by: string): void;
}

/** An entry as it stands in a file: a JSON array on a line of its own. */
export function toLine({ event, id, by, atMs, key, seq }: LedgerEntry): string {
  return JSON.stringify(
    key === undefined ? [event, id, by, atMs] : [event, id, by, atMs, key, seq],
  );
}

/** The entry of a line; undefined when the line is torn or none of ours. */
export function fromLine(line: string): LedgerEntry | undefined {
  const fields = parse(line);
  if (!Array.isArray(fields)) return undefined;
  const [event, id, by, atMs, key, seq] = fields as unknown[];
  if (!EVENTS.includes(event as LedgerEvent)) return undefined;
  if (typeof id !== 'string' || typeof by !== 'string' || typeof atMs !== 'number')
    return undefined;
  const entry = { event: event as LedgerEvent, id, by, atMs };
  return typeof key === 'string' && typeof seq === 'number' ? { ...entry, key, seq } : entry;
}

const EVENTS = ['sent', 'acked', 'began', 'delivered', 'failed', 'effect', 'gone'] as const;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
