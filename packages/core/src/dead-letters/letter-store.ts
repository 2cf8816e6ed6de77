/**
 * What keeping dead letters and sending them back takes of a bus. `nats-letters.ts` does it on a server, `memory/` in the
 * process; all that operators see stands above it and is one code for both.
 */
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';

/** Where a replay goes: to the worker that gave up and nobody else, or to the original subject. */
export type ReplayTarget = 'worker' | 'subject';

/** One message on its way back. */
export interface Resend {
  readonly letter: DeadLetter;
  /** The stream that keeps the letter. */
  readonly deadLetters: string;
  readonly to: ReplayTarget;
  readonly subject: string;
  /** The same for every try of this letter. */
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** See the head of this file. `stream` is always the one that keeps the letters. */
export interface LetterStore {
  /** Oldest first, up to where it ended when the reading began; nothing where there is no such stream. */
  read(stream: string, filter: DeadLetterFilter): AsyncIterable<DeadLetter>;
  /** The letter at one position. */
  get(stream: string, seq: number): Promise<DeadLetter | undefined>;
  /** Deletes one for good. False when it was gone already. */
  remove(stream: string, seq: number): Promise<boolean>;
  /** Deletes all of a stream, a worker, or all; how many. */
  purge(
    stream: string,
    of: { readonly stream?: string; readonly worker?: string },
  ): Promise<number>;
  /** A body that did not fit into its record, while its stream still has it. */
  body(letter: DeadLetter): Promise<Uint8Array | undefined>;
  /** Why nothing can be sent there; undefined when it can. */
  obstacle(letter: DeadLetter, to: ReplayTarget): Promise<string | undefined>;
  /**
   * Stores the message once, however often it is tried, by whom and what crashes in between. Written in the order of the
   * calls.
   *
   * @throws JetlaneError `NO_STREAM`, `STREAM_FULL`, `MESSAGE_TOO_LARGE`, `PUBLISH_TIMEOUT`, `PERMISSION_DENIED`, `CLOSED`
   */
  resend(message: Resend): Promise<void>;
  /** The letter of this message is gone: forgets that it was sent. */
  forget(message: Resend): Promise<void>;
}

/** Keeps nothing. */
export const NO_LETTERS: LetterStore = {
  async *read() {},
  get: async () => undefined,
  remove: async () => false,
  purge: async () => 0,
  body: async () => undefined,
  obstacle: async () => 'this bus keeps no dead letters',
  resend: async () => {},
  forget: async () => {},
};
