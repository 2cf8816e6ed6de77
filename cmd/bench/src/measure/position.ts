/**
 * The message that all benchmarks move: where a driver is, with the time at which it should have been sent. The same
 * object on every side, whatever it is compared with.
 */
import { type Duration, event, stream } from '@jetlane/core';
import { unpack } from 'msgpackr';
import { z } from 'zod';

/** A position. */
export interface Position {
  /** Who is there, and the last token of the subject. */
  readonly key: string;
  /** Number of this message on its publisher. */
  readonly n: number;
  /** When it should have been sent, on the host's monotonic clock (`nowNs`). */
  readonly sentNs: number;
  readonly lat: number;
  readonly lon: number;
  /** Fills it up to the size that was asked for. */
  readonly pad: string;
}

/** What positions are made of. */
export interface PositionShape {
  /** Subjects are `<prefix>.<key>`. */
  readonly prefix: string;
  /** How many keys, so subjects, there are. */
  readonly keys: number;
  /** Bytes of a position as JSON. */
  readonly size: number;
}

/** Makes positions, number after number. */
export function positions({ keys, size }: PositionShape): (n: number, sentNs: number) => Position {
  const names = Array.from({ length: keys }, (_, i) => `d${i}`);
  const bare = { key: 'd000', n: 100_000, sentNs: 1e14, lat: 52.520008, lon: 13.404954, pad: '' };
  const pad = 'x'.repeat(Math.max(0, size - JSON.stringify(bare).length));
  return (n, sentNs) => ({
    key: names[n % keys] as string,
    n,
    // Whole: a fraction of a nanosecond would only lengthen the JSON.
    sentNs: Math.round(sentNs),
    lat: 52.520008,
    lon: 13.404954,
    pad,
  });
}

/** Jetlane's declaration of a position, with a schema that is checked. */
export function positionEvent(prefix: string) {
  return event('Position', {
    subject: `${prefix}.{key}`,
    schema: z.object({
      key: z.string(),
      n: z.number(),
      sentNs: z.number(),
      lat: z.number(),
      lon: z.number(),
      pad: z.string(),
    }),
  });
}

const OPENING_BRACE = 0x7b;

/** Reads a position without its declaration: JSON, or the msgpack of a Jetlane publisher. */
export function decodePosition(data: Uint8Array): Position {
  if (data[0] !== OPENING_BRACE) return unpack(data) as Position;
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) as Position;
}

/** What a benchmark may choose about its stream. */
export interface PositionStreamSettings {
  readonly storage?: 'file' | 'memory';
  readonly replicas?: number;
  readonly dedupeWindow?: Duration;
  readonly jetstream?: Readonly<Record<string, unknown>>;
}

/** And of the stream that keeps positions. */
export function positionStream(name: string, prefix: string, settings: PositionStreamSettings) {
  return stream(name, {
    subjects: [`${prefix}.*`],
    messages: [positionEvent(prefix)],
    ...settings,
  });
}

/**
 * The stream in which a worker on this one buries. One of its own, since even a worker without dead letters keeps its marks in
 * `'DLQ'`, which on a server of others belongs to them.
 */
export function graveOf(stream: string): string {
  return `${stream.slice(0, 27)}_DLQ`;
}

/** Below that the time of sending would not fit. */
export const POSITION_BYTES_MIN = 96;
