/** The messages that a handler returned, as an inbox keeps them until they are surely published: as bytes, in parts that fit. */
import { type EncodedMessage, JetlaneError, msgpack } from '@jetlane/contracts';

/** The bytes of a record, cut into parts of at most `partBytes`: one at least, empty when there are no messages. */
export function toParts(messages: readonly EncodedMessage[], partBytes: number): Uint8Array[] {
  if (messages.length === 0) return [new Uint8Array()];
  const bytes = msgpack.encode(
    messages.map(({ id, subject, headers, payload }) => [
      id,
      subject,
      Object.entries(headers),
      payload,
    ]),
  );
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += partBytes)
    parts.push(bytes.subarray(at, at + partBytes));
  return parts;
}

/**
 * The messages of a record.
 *
 * @throws JetlaneError `DECODE_FAILED` when the bytes are no record
 */
export function fromParts(parts: readonly Uint8Array[]): EncodedMessage[] {
  const bytes = Buffer.concat(parts);
  if (bytes.length === 0) return [];
  const rows = msgpack.decode(bytes, LIMITS);
  if (!Array.isArray(rows)) throw unreadable();
  return rows.map((row: unknown) => {
    const [id, subject, headers, payload] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof id !== 'string' || typeof subject !== 'string' || !Array.isArray(headers))
      throw unreadable();
    if (!(payload instanceof Uint8Array)) throw unreadable();
    return { id, subject, headers: Object.fromEntries(headers as [string, string][]), payload };
  });
}

/** A handler may return many messages: their number is bounded where they are made, not here. */
const LIMITS = { maxDepth: 8, maxElements: 10_000_000, maxBytes: 2 ** 31 };

function unreadable(): JetlaneError {
  return new JetlaneError(
    'DECODE_FAILED',
    'the record of what a handler returned cannot be read: another program has written into the inbox, so give this one another name',
  );
}
