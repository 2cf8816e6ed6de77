import type { WorkerSpec } from '@jetlane/core';
import type { WorkerView } from '../wire.ts';

/** A worker as its app declares it, every default filled in. */
export function viewWorker(app: string, spec: WorkerSpec): WorkerView {
  const { name, stream, retry, adaptive, breaker } = spec;
  return {
    name,
    app,
    stream: stream.name,
    durables: durablesOf(spec),
    handlers: spec.handlers.map(({ messages, batch }) => ({
      types: messages.map(({ type }) => type),
      batch: batch?.size ?? null,
    })),
    filters: spec.filters,
    startAt: spec.startAt instanceof Date ? spec.startAt.toISOString() : spec.startAt,
    ackPolicy: spec.ackPolicy,
    concurrency: spec.concurrency,
    adaptive: adaptive === undefined ? null : { min: adaptive.min, max: adaptive.max },
    maxAckPending: finite(spec.maxAckPending),
    ackWaitMs: spec.ackWaitMs,
    timeoutMs: spec.timeoutMs,
    ordered: spec.laneOf === undefined ? null : { onFailure: spec.onFailure },
    partitions: spec.partitions?.count ?? null,
    retry: {
      attempts: finite(retry.attempts),
      minDelayMs: retry.minDelayMs,
      maxDelayMs: retry.maxDelayMs,
      withinMs: finite(retry.withinMs),
      rules: retry.rules.length,
    },
    breaker:
      breaker === undefined ? null : { failures: breaker.failures, openForMs: breaker.openForMs },
    rateLimits: spec.rateLimits.map(({ count, perMs, burst, keyOf }) => ({
      messages: count,
      perMs,
      burst,
      byKey: keyOf !== undefined,
    })),
    deadLetters: spec.deadLetter === false ? null : spec.deadLetter,
    inbox: spec.inbox !== undefined,
    schedule: scheduleOf(spec),
  };
}

function durablesOf({ name, stream, partitions }: WorkerSpec): WorkerView['durables'] {
  if (partitions === undefined) return [{ stream: stream.name, consumer: name }];
  const queue = `${stream.name}-${name}`;
  return Array.from({ length: partitions.count }, (_, partition) => ({
    stream: queue,
    consumer: `p${partition}`,
  }));
}

function scheduleOf({ timetable }: WorkerSpec): string | null {
  if (timetable === undefined) return null;
  const { pattern, timeZone } = timetable;
  return pattern.startsWith('@') ? pattern.slice(1) : `${pattern}, ${timeZone ?? 'UTC'}`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
