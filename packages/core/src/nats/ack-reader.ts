/**
 * Reads PubAcks. On success the server sends `{"stream":"ORDERS","seq":7}` and nothing else: what stands before the number is
 * learnt for each stream, and from then on compared byte by byte, which takes a tenth of what `JSON.parse` does. Everything
 * else (an error, a duplicate, a domain) is not read here.
 */
import type { PublishAck } from '../bus.ts';

/** See the head of this file. */
export class AckReader {
  readonly #known: Known[] = [];
  #last: Known | undefined;

  /** The ack in these bytes; undefined where they are none that was learnt. */
  read(bytes: Uint8Array): PublishAck | undefined {
    const { length } = bytes;
    if (length < LENGTH_MIN || bytes[length - 1] !== BRACE) return undefined;
    const known =
      this.#last !== undefined && begins(bytes, this.#last) ? this.#last : this.#find(bytes);
    if (known === undefined) return undefined;
    const first = known.prefix.length;
    // JSON has no numbers with leading zeros, and beyond this many digits they are not exact.
    if (length - 1 - first > DIGITS_MAX || (bytes[first] === ZERO && length - 1 - first > 1))
      return undefined;
    let seq = 0;
    for (let i = first; i < length - 1; i++) {
      const digit = (bytes[i] as number) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      seq = seq * 10 + digit;
    }
    return { stream: known.stream, seq, duplicate: false };
  }

  /** Learns from an ack that was read another way: the next of this stream will be read here. */
  learn({ stream }: PublishAck): void {
    if (this.#known.some((known) => known.stream === stream)) return;
    if (this.#known.length === KNOWN_MAX) this.#known.shift();
    const prefix = Buffer.from(`{"stream":${JSON.stringify(stream)},"seq":`);
    this.#known.push({ stream, prefix });
  }

  #find(bytes: Uint8Array): Known | undefined {
    this.#last = this.#known.find((known) => begins(bytes, known));
    return this.#last;
  }
}

interface Known {
  readonly stream: string;
  readonly prefix: Uint8Array;
}

/** Whether a known prefix and at least one more byte before the last are there. */
function begins(bytes: Uint8Array, { prefix }: Known): boolean {
  const { length } = prefix;
  if (bytes.length < length + 2) return false;
  // From behind: what streams have in common is at the beginning.
  for (let i = length - 1; i >= 0; i--) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/** Streams that one client publishes to at a time. */
const KNOWN_MAX = 16;
const LENGTH_MIN = '{"stream":"","seq":0}'.length;
const DIGITS_MAX = 15;
const ZERO = 48;
const BRACE = 125;
