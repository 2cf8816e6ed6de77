/**
 * Names of what a partitioned worker has on a server. The worker reads a work queue of its own, which is fed from its stream
 * with the partition in front of each subject, through one durable for each partition.
 */

/** The priority group of every partition's durable: the server gives its pin to one process at a time. */
export const PIN_GROUP = 'jetlane';

/** The stream that a partitioned worker reads: `ORDERS-billing`. No stream that is declared has a `-` in its name. */
export function queueName(stream: string, worker: string): string {
  return `${stream}-${worker}`;
}

/** The durable of one partition: `p7`. */
export function partitionDurable(partition: number): string {
  return `p${partition}`;
}

/** Where the processes of a partitioned worker tell each other that they are there. Not stored. */
export function groupSubject(stream: string, worker: string): string {
  return `_jl-group.${stream}.${worker}`;
}

/** Metadata of a queue, by which tools know it. */
export const QUEUE_KEYS = {
  worker: 'jetlane-worker',
  stream: 'jetlane-stream',
  partitions: 'jetlane-partitions',
} as const;
