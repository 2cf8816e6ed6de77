/** What the processes that run workers tell. See `../wire.ts`. */

/** A worker, over all processes that told of it. */
export interface ToldWorker {
  readonly worker: string;
  readonly stream: string;
  /** Of what was acknowledged since the snapshot before, from stored to acknowledged; null: nothing was. */
  readonly latencyMs: ToldPercentiles | null;
  /** The same from delivery to acknowledgement. */
  readonly handlingMs: ToldPercentiles | null;
  /** The first 50. */
  readonly processes: readonly ToldProcess[];
  readonly processesTotal: number;
}

/** What half of all, and all but one in a hundred, did not exceed. */
export interface ToldPercentiles {
  readonly p50: number;
  readonly p99: number;
}

/** A process, or one of its connections. */
export interface ToldProcess {
  readonly id: string;
  /** `host/pid` */
  readonly process: string;
  readonly app: string | null;
  readonly startedMs: number;
  /** Messages that it holds. */
  readonly held: number;
  /** Calls of handlers that run. */
  readonly running: number;
  /** Lanes that hold something; null where nothing is ordered. */
  readonly lanes: number | null;
}
