/**
 * Headers as they travel, written once for each definition: only the time, the ids and what the caller adds are filled in. It
 * is a text of nothing but ASCII, so that its length is its size, and writing it costs one copy. What is the same for all messages
 * of a definition comes first, so that who reads many of them knows them by their first bytes.
 */
import type { EncodedMessage } from './codec.ts';
import type { Internals } from './definition.ts';

/** What is the same for all messages of a definition that one client publishes. */
export interface HeadTemplate {
  readonly type: string;
  readonly source: string;
  readonly contentType: string;
  /** From the first byte to the value of `ce-time`; undefined where a text of the caller's is not ASCII. */
  readonly beforeTime: string | undefined;
}

/** What differs from message to message. */
export interface HeadValues {
  readonly id: string;
  /** Percent-encoded, as the correlation id is. */
  readonly ceId: string;
  readonly time: string;
  readonly correlationId: string;
}

/** The template for this source and content type. Kept with the definition, as few use more than one. */
export function headTemplate(
  internals: Internals,
  type: string,
  source: string,
  contentType: string,
): HeadTemplate {
  const known = internals.head;
  if (
    known !== undefined &&
    known.type === type &&
    known.source === source &&
    known.contentType === contentType
  )
    return known;
  const { dataSchema } = internals;
  const beforeTime = `NATS/1.0\r\nce-specversion: 1.0\r\nce-type: ${type}\r\nce-source: ${source}\r\nce-datacontenttype: ${contentType}\r\nce-dataschema: ${dataSchema}\r\nce-time: `;
  const isPlain = PLAIN.test(type + source + contentType + dataSchema);
  const template = {
    type,
    source,
    contentType,
    beforeTime: isPlain ? beforeTime : undefined,
  };
  internals.head = template;
  return template;
}

/** The first nine headers, each line ended; undefined where they cannot be written this way. */
export function fillHead(
  { beforeTime }: HeadTemplate,
  { id, ceId, time, correlationId }: HeadValues,
): string | undefined {
  if (beforeTime === undefined) return undefined;
  return `${beforeTime}${time}\r\nNats-Msg-Id: ${id}\r\nce-id: ${ceId}\r\nce-correlationid: ${correlationId}\r\n`;
}

/**
 * A message that also knows its headers as text. The text is no property: a copy with other headers does not take it along.
 */
export class WrittenMessage implements EncodedMessage {
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  readonly #head: string;

  constructor(message: EncodedMessage, head: string) {
    this.id = message.id;
    this.subject = message.subject;
    this.headers = message.headers;
    this.payload = message.payload;
    this.#head = head;
  }

  /** See {@link wireHead}. */
  static headOf(message: EncodedMessage): string | undefined {
    return #head in message ? message.#head : undefined;
  }
}

/**
 * The whole header block of a message as it travels, from `NATS/1.0` to the empty line: ASCII, so that its length is its size.
 * Undefined where it was not written when the message was encoded.
 */
export function wireHead(message: EncodedMessage): string | undefined {
  return WrittenMessage.headOf(message);
}

const PLAIN = /^[ -~]*$/;
