import type { Query } from '../query.ts';
import type { LetterFilter } from '../wire.ts';

/** Reads which dead letters are meant, from a query string or the body of an action. */
export function filterOf(query: Query): LetterFilter {
  const filter = {
    in: query.name('in'),
    seq: query.whole('seq', 1),
    stream: query.name('stream'),
    worker: query.name('worker'),
    reason: query.text('reason', TEXT_MAX),
    errorCode: query.text('errorCode', TEXT_MAX),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** Fields of {@link filterOf}. */
export const FILTER_FIELDS = ['in', 'seq', 'stream', 'worker', 'reason', 'errorCode'] as const;
/** Where dead letters are unless told otherwise. */
export const DEFAULT_LETTERS = 'DLQ';

const TEXT_MAX = 512;
