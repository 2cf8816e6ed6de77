/** What all answers have in common. See `../wire.ts`. */

/** Header that carries the token of {@link Session} with every POST. */
export type TokenHeader = 'x-jetlane-token';

/** What went wrong, in words that can be shown as they are. */
export interface ErrorAnswer {
  readonly error: {
    /** A code of JetlaneError, or `BAD_REQUEST`, `NOT_FOUND`, `REFUSED`, `BUSY`, `DISCONNECTED`. */
    readonly code: string;
    readonly words: string;
  };
}

/** What a page is told first. */
export interface Session {
  /** Sent back with every action; null where none is allowed. A new one with each start of the server: ask again after a 403. */
  readonly token: string | null;
  /** Whether this page may act. */
  readonly mayAct: boolean;
  /** Why not, and how to allow it; null where it may. */
  readonly whyNot: string | null;
  /** Version of the studio. */
  readonly version: string;
  /** Names of the apps that it knows; empty where it was started without one. */
  readonly apps: readonly string[];
  /** Shown as title: a name, or the server's. */
  readonly title: string;
}

/** Something that is missing from an answer. */
export interface Gap {
  /** What is missing: `the account's limits`, `consumers of ORDERS`. */
  readonly what: string;
  /** `PERMISSION_DENIED`, `CONNECTION_LOST`, `LIMIT`, … */
  readonly code: string;
  /** Why, and what to do about it. */
  readonly words: string;
}

/** One page of a longer list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly offset: number;
  /** How many there are with this `q`. */
  readonly total: number;
  readonly gaps: readonly Gap[];
}

/** A line for a shell, quoted. */
export interface CommandView {
  /** `this message`, `what this filter shows`. */
  readonly label: string;
  readonly command: string;
}
