import type { StoredMessage } from './stored-message.ts';

/** Which messages of a stream. */
export interface Search {
  readonly subject: string;
  readonly limit: number;
  /** Where to begin, the message there included. */
  readonly seq: number;
  readonly direction: 'older' | 'newer';
}

/** A page of them. */
export interface MessagePage {
  /** In the order of the stream. */
  readonly messages: readonly StoredMessage[];
  /** Everything between the beginning and this sequence, it included, was looked at. */
  readonly lookedTo: number;
  /** Why it ended before it was full, though there may be more; undefined where it did not. */
  readonly cutShort: string | undefined;
}

/** What one page may hold. */
export const PAGE_BYTES_MAX = 16 * 1024 * 1024;
/** How long a page may be looked for. */
export const PAGE_TIME_MS = 5_000;

/** Words for a page that would be too much to read. */
export const TOO_LARGE = 'The messages are large: this page ends early. Go on from here.';
/** Words for a page that takes too long. */
export const TOO_SLOW = 'Few messages match: the search stopped after a while. Go on from here.';
