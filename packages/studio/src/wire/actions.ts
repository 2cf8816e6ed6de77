/** What can be done. See `../wire.ts`. */

/** Stops the delivery to one durable, or to all those of a worker. Over all processes; what they hold is handled to its end. */
export interface PauseRequest {
  readonly stream: string;
  /** Exactly one of `consumer` and `worker`. */
  readonly consumer?: string;
  readonly worker?: string;
  /** From 1,000 to 31,536,000,000; null: until it is resumed. */
  readonly forMs: number | null;
}

/** Lets it go on. */
export type ResumeRequest = Omit<PauseRequest, 'forMs'>;

/** Which dead letters: all conditions must hold, and at least one besides `in` must be given. */
export interface LetterFilter {
  /** The dead letter stream; default `DLQ`. */
  readonly in?: string;
  readonly seq?: number;
  readonly stream?: string;
  readonly worker?: string;
  /** As {@link LetterGroup} has them. */
  readonly reason?: string;
  readonly errorCode?: string;
}

/** Sends dead letters back. */
export interface ReplayRequest extends LetterFilter {
  /** To the worker that gave up and nobody else, or to the original subject. Default `worker`. */
  readonly to?: 'worker' | 'subject';
  /** At most so many a second. Default: no limit. */
  readonly rate?: number;
}

/** Deletes dead letters for good. */
export type ForgetRequest = LetterFilter;

/** What an action did. */
export interface ActionAnswer {
  /** `Replayed 12 dead letters of billing.` */
  readonly words: string;
  /** How many durables, or dead letters. */
  readonly count: number;
  /** Dead letters that were left where they are; the first 100. */
  readonly skipped: readonly { readonly seq: number; readonly why: string }[];
}
