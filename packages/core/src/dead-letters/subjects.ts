/**
 * Subjects that Jetlane keeps for itself. A stream `ORDERS` also stores `_jl.ORDERS.>`, where replays for one of its
 * durables travel; dead letters and trial markers go to the dead letter stream.
 */
import type { WorkerSpec } from '../worker/worker-spec.ts';

/** What these functions need of a worker. */
export type WorkerAddress = Pick<WorkerSpec, 'name' | 'deadLetter'> & {
  readonly stream: { readonly name: string };
};

/** Dead letter stream of workers that name no other. */
export const DEFAULT_DEAD_LETTERS = 'DLQ';

/** Where the dead letters of a worker are published: `_jl.dlq.<STREAM>.<durable>`, its stream's own root when it is not `'DLQ'`. */
export function deadLetterSubject(worker: WorkerAddress): string {
  return `${rootOf('dlq', worker.deadLetter)}.${worker.stream.name}.${worker.name}`;
}

/**
 * Where a worker marks that it tries message `seq` for the last time: `_jl.trial.<STREAM>.<durable>.<seq>-<stored at>`.
 * Workers without dead letters keep their markers in `'DLQ'` too.
 */
export function trialSubject(
  worker: WorkerAddress,
  { seq, timeMs }: { readonly seq: number; readonly timeMs: number },
): string {
  return `${rootOf('trial', worker.deadLetter)}.${worker.stream.name}.${worker.name}.${seq}-${timeMs}`;
}

/** Where a replay for one durable is published. Only that durable listens there. */
export function replaySubject(stream: string, durable: string, original: string): string {
  return `_jl.${stream}.${durable}.${original}`;
}

/**
 * Where the stream that takes a replay remembers it until its record is gone: `_jl.<STREAM>.sched._replayed.<DLQ>.<seq>-<buried at>`.
 * No worker reads there; on an interest stream the durable that keeps schedules keeps these too.
 */
export function replayedSubject(
  stream: string,
  deadLetters: string,
  { seq, buriedAt }: { readonly seq: number; readonly buriedAt: Date },
): string {
  return `_jl.${stream}.sched._replayed.${deadLetters}.${seq}-${buriedAt.getTime()}`;
}

/** All subjects on which replays for one durable arrive. */
export function replayFilter(stream: string, durable: string): string {
  return `_jl.${stream}.${durable}.>`;
}

/** The subject that a message had when it was first published: itself, or what follows the prefix of a replay. */
export function originalSubject(worker: WorkerAddress, subject: string): string {
  const prefix = `_jl.${worker.stream.name}.${worker.name}.`;
  return subject.startsWith(prefix) ? subject.slice(prefix.length) : subject;
}

/**
 * Subjects that the dead letter stream `name` stores. Each stream has roots of its own, so that two of them never
 * overlap and none has to list the workers of other applications.
 */
export function deadLetterSubjects(name: string): string[] {
  return [`${rootOf('dlq', name)}.>`, `${rootOf('trial', name)}.>`];
}

/** The part of {@link deadLetterSubjects} that holds dead letters rather than markers. */
export function deadLetterFilter(name: string, stream = '*', durable = '*'): string {
  return `${rootOf('dlq', name)}.${stream}.${durable}`;
}

/** The subject under which a stream keeps replays: part of its own subjects. */
export function ownSubjects(stream: string): string {
  return `_jl.${stream}.>`;
}

function rootOf(kind: 'dlq' | 'trial', name: string | false): string {
  return name === false || name === DEFAULT_DEAD_LETTERS ? `_jl.${kind}` : `_jl.${kind}-${name}`;
}
