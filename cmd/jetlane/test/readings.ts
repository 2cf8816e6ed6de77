/** Readings of a server, and what processes told, made by hand. */
import type { ReportedWorker } from '@jetlane/core';
import type { DeadLetterCount, ReadConsumer, Reading, ReadStream } from '../src/top/reading.ts';

/** A reading of these streams. */
export function aReading(
  streams: readonly ReadStream[],
  deadLetters: readonly DeadLetterCount[] = [],
): Reading {
  return { atMs: 1_000_000, tookMs: 1, streams, deadLetters };
}

/** A stream without consumers, at the server's time 0, but for `changes`. */
export function aStream(name: string, changes: Partial<ReadStream> = {}): ReadStream {
  return {
    name,
    queueOf: undefined,
    managed: true,
    subjects: [`${name.toLowerCase()}.>`],
    retention: 'limits',
    storage: 'file',
    replicas: 1,
    messages: 0,
    bytes: 0,
    lastSeq: 0,
    sourceLag: 0,
    atMs: 0,
    direct: true,
    consumers: [],
    ...changes,
  };
}

/** A consumer that has nothing to do, at the server's time 0, but for `changes`. */
export function aConsumer(name: string, changes: Partial<ReadConsumer> = {}): ReadConsumer {
  return {
    name,
    created: 'once',
    managed: true,
    durable: true,
    ackPolicy: 'explicit',
    filters: [],
    lag: 0,
    ackPending: 0,
    maxAckPending: undefined,
    redelivered: 0,
    delivered: 0,
    floorSeq: 0,
    attended: true,
    pulls: 1,
    pausedUntil: undefined,
    atMs: 0,
    ...changes,
  };
}

/** A worker of which one process told, and nothing was settled, but for `changes`. */
export function aWorker(
  stream: string,
  worker: string,
  changes: Partial<ReportedWorker> = {},
): ReportedWorker {
  const process = { id: 'one', host: 'here', pid: 1, app: undefined, started: new Date(0) };
  return {
    worker,
    stream,
    processes: [{ ...process, held: 0, running: 0, lanes: undefined }],
    settled: 0,
    latencyMs: undefined,
    handlingMs: undefined,
    ...changes,
  };
}
