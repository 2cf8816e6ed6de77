/** The message, the stream and the worker of the runs that disturb workers. */
import { event, stream } from '@jetlane/core';
import { z } from 'zod';

/** A piece of work, of one of a few keys. */
export const Task = event('Task', {
  subject: 'work.task.{key}',
  schema: z.object({
    key: z.string(),
    /** From 0, without gaps, in the order of publishing. */
    number: z.number(),
    /** When it was due to be published: milliseconds since 1970, with fractions. */
    dueAtMs: z.number(),
  }),
});

/** What a run wants of its stream. */
export interface WorkStreamOptions {
  readonly replicas: 1 | 3;
  readonly retention?: 'limits' | 'workqueue';
  /** Spreads its keys over so many partitions. Default: none. */
  readonly partitions?: number;
}

/** Where tasks are stored. */
export function workStream({ replicas, retention = 'limits' }: WorkStreamOptions) {
  return stream('WORK', { subjects: ['work.>'], messages: [Task], replicas, retention });
}

/** The same, spread over partitions by key. */
export function partitionedStream({ replicas, partitions = 1 }: WorkStreamOptions) {
  return stream('WORK', {
    subjects: ['work.>'],
    messages: [Task],
    replicas,
    partitions: { by: 'key', count: partitions },
  });
}

/** The durable of the workers. */
export const DURABLE = 'crew';

/** Milliseconds since 1970 with fractions: comparable between processes of one machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
