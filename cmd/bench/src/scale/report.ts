/** The messages that the cost model is measured with, and the stream that keeps them. */
import { type Duration, event, stream } from '@jetlane/core';
import { z } from 'zod';

/** A report of one of many senders. `body` fills it up to the wanted size. */
export const Report = event('ScaleReport', {
  subject: 'scale.{group}.{id}',
  schema: z.object({ group: z.string(), id: z.string(), body: z.string() }),
});

/** The stream's name: there is one at a time on each server. */
export const STREAM = 'SCALE';

/** What differs between the streams that are measured. */
export interface ReportStream {
  /** Copies. Default 1. */
  readonly replicas?: number;
  /** How long ids are remembered. Default the shortest that JetStream takes: as good as not at all. */
  readonly dedupeWindow?: Duration;
  /** Messages to keep. Default: all of them. */
  readonly maxMsgs?: number;
  /** Where. Default `'file'`. */
  readonly storage?: 'file' | 'memory';
}

/** The stream. */
export function reports({
  replicas = 1,
  dedupeWindow = '100ms',
  maxMsgs,
  storage = 'file',
}: ReportStream = {}) {
  return stream(STREAM, {
    subjects: ['scale.>'],
    messages: [Report],
    maxBytes: '4GiB',
    replicas,
    dedupeWindow,
    storage,
    ...(maxMsgs === undefined ? {} : { maxMsgs }),
  });
}

/** Bytes of a msgpack payload beside its body: the names of three members, the group, the id, lengths. */
const FRAME_BYTES = 42;

/** A body that makes the payload about as large as this; it never gets smaller than its frame. */
export function bodyOf(sizeBytes: number): string {
  return 'x'.repeat(Math.max(0, sizeBytes - FRAME_BYTES));
}

/** Names of fixed length, so that the length of a subject is no part of what is compared. */
export function nameOf(letter: string, index: number): string {
  return `${letter}${String(index).padStart(8, '0')}`;
}
