import type { StreamInfo } from '../nats.ts';
import type { StreamKind, StreamRow } from '../wire.ts';

/** What a stream is for. */
export interface StreamPlace {
  readonly name: string;
  readonly kind: StreamKind;
  readonly queueOf: StreamRow['queueOf'];
  /** The stream whose messages are worked on: itself, or the one that feeds it. */
  readonly reads: string;
}

/** Reads it from its configuration: a queue says whose it is, dead letters and buckets have subjects of their own. */
export function placeOf({ name, subjects, metadata }: StreamInfo['config']): StreamPlace {
  const { 'jetlane-worker': worker, 'jetlane-stream': stream } = metadata ?? {};
  if (worker !== undefined && stream !== undefined)
    return { name, kind: 'partition-queue', queueOf: { worker, stream }, reads: stream };
  return { name, kind: kindOf(name, subjects ?? []), queueOf: null, reads: name };
}

/** Subjects under which a stream keeps dead letters, marks of last trials aside; undefined where it keeps none. */
export function letterSubject(subjects: readonly string[] | undefined): string | undefined {
  return subjects?.find((subject) => /^_jl\.dlq(?:-[^.]+)?\.>$/.test(subject));
}

function kindOf(name: string, subjects: readonly string[]): StreamKind {
  if (letterSubject(subjects) !== undefined) return 'dead-letters';
  return /^(?:KV|OBJ)_/.test(name) && subjects.every((subject) => /^\$[KO]/.test(subject))
    ? 'bucket'
    : 'stream';
}
