import { isJetlaneError, JetlaneError } from '@jetlane/contracts';

/**
 * How many messages travel at once. `plain`: each with an ack of its own, in the publisher's window. `atomic`: batches that
 * are stored as a whole or not at all. `ingest`: JetStream fast ingest, one ack for hundreds.
 */
export type BulkMode = 'plain' | 'atomic' | 'ingest';

/** What `publishAll` has done. */
export interface BulkReport {
  /** How the messages travelled; of an empty source, how they would have. */
  readonly mode: BulkMode;
  /** Why that way, in words; also what happened on the way, such as messages that had to be sent again. */
  readonly why: string;
  /** Messages that the source gave. After a failure, those that are neither stored nor duplicates may be stored or not. */
  readonly read: number;
  /** Messages that the stream confirmed, without the duplicates. */
  readonly stored: number;
  /**
   * Messages that the stream confirmed and had before, so that nothing was stored twice. Exact for `plain` and `atomic`. A
   * stream does not tell them apart in `ingest`: they are what was confirmed and did not make the stream longer. That is
   * exact unless somebody else writes to the stream meanwhile; then there may be more. Counted at the end of an ingest.
   */
  readonly duplicates: number;
  /** Payload bytes of all that was confirmed. */
  readonly bytes: number;
  /** Messages that an ingest had to send again, because they got lost between here and the stream. */
  readonly republished: number;
  /** The stream of the first message; undefined where none was confirmed. */
  readonly stream: string | undefined;
  /** Lowest position in that stream that a message of this load is known to have. */
  readonly firstSeq: number | undefined;
  /** Highest position in that stream that a message of this load is known to have. */
  readonly lastSeq: number | undefined;
  /** From the call of `publishAll`. */
  readonly elapsedMs: number;
}

/** What `publishAll` rejects with: what went wrong, and how far it came. */
export interface BulkFailure extends JetlaneError {
  readonly report: BulkReport;
}

/**
 * The report in an error of `publishAll`; undefined for any other value.
 *
 * @example
 * try {
 *   await client.publishAll(rows);
 * } catch (error) {
 *   console.error(`${bulkReport(error)?.stored ?? 0} stored`, error);
 * }
 */
export function bulkReport(error: unknown): BulkReport | undefined {
  return isJetlaneError(error) ? (error as Partial<BulkFailure>).report : undefined;
}

/** The same failure, with the report. */
export function bulkFailure(error: unknown, report: BulkReport): BulkFailure {
  const { code, message, retryable, cause } = isJetlaneError(error)
    ? error
    : new JetlaneError('SOURCE_FAILED', String(error), { cause: error });
  const confirmed = report.stored + report.duplicates;
  const failure = new JetlaneError(
    code,
    `${message} (${confirmed} of ${report.read} messages were confirmed before)`,
    { retryable, cause: cause === undefined ? error : cause },
  );
  return Object.assign(failure, { report });
}
