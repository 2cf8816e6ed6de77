/** Dead letters. See `../wire.ts`. */
import type { CommandView, Gap } from './answers.ts';
import type { BodyView } from './messages.ts';

/** A stream that keeps dead letters. */
export interface DeadLetterStream {
  readonly name: string;
  /** Those in it, marks aside; an upper bound where {@link DeadLetterStream.exact} is false. */
  readonly count: number;
  readonly exact: boolean;
}

/** Dead letters of one stream by worker and error. Read at most every two seconds, however many ask. */
export interface DeadLettersAnswer {
  readonly in: string;
  readonly atMs: number;
  /** The most frequent first. */
  readonly groups: readonly LetterGroup[];
  /** How many were looked at: the oldest 10,000 at most. */
  readonly looked: number;
  /** False: there are more than were looked at. */
  readonly complete: boolean;
  readonly gaps: readonly Gap[];
}

/** Dead letters of one worker with one error. */
export interface LetterGroup {
  readonly stream: string;
  readonly worker: string;
  readonly reason: string;
  readonly errorCode: string;
  /** Words of the newest. */
  readonly error: string;
  readonly count: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** The newest three, newest first. */
  readonly samples: readonly LetterRow[];
}

/** A dead letter in a list. */
export interface LetterRow {
  /** Position in the dead letter stream. */
  readonly seq: number;
  readonly stream: string;
  readonly streamSeq: number;
  readonly worker: string;
  readonly subject: string;
  readonly type: string | null;
  readonly id: string | null;
  readonly reason: string;
  readonly error: string;
  readonly errorCode: string;
  readonly errorName: string;
  readonly attempts: number;
  readonly replays: number;
  readonly buriedMs: number;
  readonly bytes: number;
  readonly preview: string;
}

/** Dead letters, oldest first. */
export interface LettersAnswer {
  readonly in: string;
  readonly letters: readonly LetterRow[];
  /** `after` of the next page; null: there are no more. */
  readonly next: number | null;
}

/** A dead letter with all there is to know. */
export interface LetterDetail {
  readonly in: string;
  readonly row: LetterRow;
  /** When its stream stored the message. */
  readonly timeMs: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly headersCut: number;
  readonly body: BodyView;
  /** Size of a body that did not fit into the record. */
  readonly truncatedBytes: number | null;
  readonly commands: readonly CommandView[];
}
