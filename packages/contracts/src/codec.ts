/** Turns values into bytes. Implement it to add a format; readers find it by content type. */
export interface Codec {
  /** Sent with each message; readers pick the codec by it, so one stream may mix codecs. */
  readonly contentType: string;
  /** Whatever it throws becomes `VALIDATION_FAILED`. */
  encode(value: unknown): Uint8Array;
  /**
   * Must refuse what is over `limits` before building it. Whatever it throws becomes
   * `DECODE_FAILED`. Default of `limits`: {@link defaultLimits}.
   */
  decode(bytes: Uint8Array, limits?: DecodeLimits): unknown;
}

/** What a reader accepts from the wire, checked before any value is built. */
export interface DecodeLimits {
  /** Arrays and objects within each other; `[[1]]` is 2 deep. */
  readonly maxDepth: number;
  /** Array items and object entries, all together. */
  readonly maxElements: number;
  /** Length of the payload. */
  readonly maxBytes: number;
}

/** Depth 64, 100,000 elements, 64 MiB (the largest payload that a NATS server can be set to). */
export const defaultLimits: DecodeLimits = Object.freeze({
  maxDepth: 64,
  maxElements: 100_000,
  maxBytes: 64 * 1024 * 1024,
});

/** A validated message, ready for the wire. */
export interface EncodedMessage {
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}
