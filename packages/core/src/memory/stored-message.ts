import type { EncodedMessage } from '@jetlane/contracts';

/** A message as a stream of the in-process bus keeps it. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  /** When it was stored, in milliseconds since 1970. */
  readonly timeMs: number;
  /** When its own `Nats-TTL` ends; undefined without one, `Infinity` for `never`. */
  readonly expiresMs: number | undefined;
  /** What it counts for towards `maxBytes`. */
  readonly bytes: number;
  /** Its place among everything stored in this world. */
  readonly order: number;
}

/** Headers and payload as they would travel: `NATS/1.0`, a line for each header, an empty line, the payload. */
export function wireBytes({
  headers,
  payload,
}: Pick<EncodedMessage, 'headers' | 'payload'>): number {
  return headerBytes(headers) + payload.length;
}

/** Headers as they would travel. */
export function headerBytes(headers: Readonly<Record<string, string>>): number {
  let bytes = FRAME_BYTES;
  for (const name in headers) {
    bytes += name.length + Buffer.byteLength(headers[name] as string) + HEADER_BYTES;
  }
  return bytes;
}

const FRAME_BYTES = 12;
const HEADER_BYTES = 4;
