/** The message browser. See `../wire.ts`. */
import type { CommandView } from './answers.ts';

/** Which messages; in the query of `api/messages`. */
export interface MessagesQuery {
  readonly stream: string;
  /** With `*` and `>`; default `>`. */
  readonly subject?: string;
  /** Where to begin, the message there included. Not together with `time`. */
  readonly seq?: number;
  /** ISO 8601, or milliseconds since 1970: `newer` begins with the first message from then on, `older` with the last before. */
  readonly time?: string;
  /** Default `older`. Without `seq` and `time`, `older` begins at the end and `newer` at the beginning of the stream. */
  readonly direction?: 'older' | 'newer';
  /** 1 to 200; default 50. */
  readonly limit?: number;
}

/** Messages, newest first whatever the direction was. */
export interface MessagesAnswer {
  readonly stream: string;
  readonly subject: string;
  readonly messages: readonly MessageRow[];
  /** `seq` to go on with in direction `older`; null: there are none. */
  readonly older: number | null;
  /** `seq` to go on with in direction `newer`: also at the end of the stream, where what comes will be. */
  readonly newer: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Fewer were found than were asked for, since the search took too long: go on with `older` or `newer`. Else null. */
  readonly cutShort: string | null;
  readonly commands: readonly CommandView[];
}

/** A message in a list. */
export interface MessageRow {
  readonly stream: string;
  readonly seq: number;
  readonly timeMs: number;
  /** The first 512 characters. */
  readonly subject: string;
  /** `ce-type`; else what its subject says, where exactly one declared type has it; else null. */
  readonly type: string | null;
  /** `ce-id`, else `Nats-Msg-Id`. */
  readonly id: string | null;
  /** Of the payload. */
  readonly bytes: number;
  /** The first 200 characters of its body on one line. */
  readonly preview: string;
  readonly bodyKind: BodyKind;
}

/** How a body was read. `contract`: and fits the declaration of its type, which lists do not check. `hex`: not known, or broken. */
export type BodyKind = 'contract' | 'msgpack' | 'json' | 'text' | 'hex' | 'empty';

/** A body as text. */
export interface BodyView {
  readonly kind: BodyKind;
  /**
   * JSON (two spaces indented) for `contract`, `msgpack` and `json`, with numbers as they are stored: `JSON.parse` would round
   * large ones. Else text, or lines of hex.
   */
  readonly text: string;
  /** Not all is in `text`: how many bytes the payload has, and how many of them are shown. Else null. */
  readonly cut: { readonly bytes: number; readonly shownBytes: number } | null;
  /** Why it could not be read as its headers or its contract say; null where it could. */
  readonly problem: string | null;
}

/** A message with all there is to know. */
export interface MessageDetail {
  readonly row: MessageRow;
  /** In full. */
  readonly subject: string;
  /** In their order; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Those that were too many or too long to be shown. */
  readonly headersCut: number;
  readonly contentType: string | null;
  readonly body: BodyView;
  /** Neighbours in the stream, by sequence; null at its ends. */
  readonly previous: number | null;
  readonly next: number | null;
  readonly commands: readonly CommandView[];
}
