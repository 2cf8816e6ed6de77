/** The streams that hold dead letters and the markers of last trials. */
import type { AnyStream } from '@jetlane/contracts';
import type { StreamConfig } from '@nats-io/jetstream';
import { DEFAULT_DEAD_LETTERS, deadLetterSubjects } from '../dead-letters/subjects.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { MANAGED, toNanos, toStreamConfig } from './stream-config.ts';

/** What this needs of a worker. */
export type BuryingWorker = Pick<WorkerSpec, 'ackPolicy' | 'deadLetter' | 'stream'>;

/**
 * Whether a worker needs a stream of dead letters. One without acks tries nothing twice; every other one marks there what it is
 * about to try for the last time, also when it keeps no dead letters.
 */
export function needsDeadLetters({
  ackPolicy,
  deadLetter,
}: Pick<WorkerSpec, 'ackPolicy' | 'deadLetter'>): boolean {
  return deadLetter !== false || ackPolicy !== 'none';
}

/** The stream that a worker buries in. Without dead letters it keeps its trial markers in `'DLQ'`. */
export function deadLetterName({ deadLetter }: Pick<WorkerSpec, 'deadLetter'>): string {
  return deadLetter === false ? DEFAULT_DEAD_LETTERS : deadLetter;
}

/**
 * Configurations of the dead letter streams that these workers need. No dead letter vanishes by itself: no age, no size, and
 * `discard: 'new'`, so that under a limit that an operator sets a full stream refuses and the original stays where it is.
 * Ids are remembered for an hour: that long may pass between burying a message and settling it, crash included. A declared
 * stream of the same name gives its own limits instead. Created with as many replicas as the best kept of their streams.
 */
export function deadLetterStreams(
  workers: readonly BuryingWorker[],
  declared: readonly AnyStream[] = [],
): Partial<StreamConfig>[] {
  const burying = workers.filter(needsDeadLetters);
  const names = [...new Set(burying.map(deadLetterName))].sort();
  return names.map((name) => {
    const own = declared.find((stream) => stream.name === name);
    if (own !== undefined) return withDeadLetters(toStreamConfig(own), name);
    return deadLetterConfig(
      name,
      replicasOf(burying.filter((worker) => deadLetterName(worker) === name)),
    );
  });
}

const DEDUPE_WINDOW_MS = 3_600_000;

function replicasOf(workers: readonly BuryingWorker[]): number {
  return Math.max(1, ...workers.map(({ stream }) => stream.options.replicas ?? 1));
}

/** A dead letter stream that nobody declared. */
export function deadLetterConfig(name: string, replicas: number): Partial<StreamConfig> {
  return {
    name,
    description: 'Messages that workers gave up on: jetlane dlq ls',
    subjects: deadLetterSubjects(name),
    retention: 'limits',
    storage: 'file',
    num_replicas: replicas,
    discard: 'new',
    max_age: 0,
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    max_consumers: -1,
    duplicate_window: toNanos(DEDUPE_WINDOW_MS),
    compression: 'none',
    deny_delete: false,
    deny_purge: false,
    allow_direct: true,
    allow_msg_ttl: true,
    metadata: { ...MANAGED },
  };
}

function withDeadLetters(config: Partial<StreamConfig>, name: string): Partial<StreamConfig> {
  const subjects = [...new Set([...(config.subjects ?? []), ...deadLetterSubjects(name)])];
  return { ...config, subjects, allow_msg_ttl: true };
}
