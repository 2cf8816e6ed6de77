/**
 * The side that asks: how workers do, over all processes that tell. Each look asks once and takes what came since the look before;
 * counts go on from the start of each worker, so an answer that comes late, or never, only makes the next one stand for a longer
 * time.
 */
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../nats/connection.ts';
import type { Listening } from '../nats/live-connection.ts';
import { within } from '../within.ts';
import { countOf, Histogram, type HistogramPairs, subtractPairs } from './histogram.ts';
import {
  decodeReport,
  type ProcessReport,
  REPORT_SUBJECT,
  type WorkerRecord,
} from './process-report.ts';

/** How workers do, look by look. */
export interface WorkerReports {
  /**
   * Asks all processes. Those that answered at the look before are waited for, 250 ms at the most, so the first look ends at once
   * and knows of nobody. Where asking is not allowed, or the connection is away, nobody answers. Never rejects; one look at a time,
   * another call meanwhile awaits the same.
   */
  look(): Promise<readonly ReportedWorker[]>;
  /** Ends. */
  stop(): void;
}

/** A worker, over all processes that told of it. */
export interface ReportedWorker {
  readonly worker: string;
  readonly stream: string;
  readonly processes: readonly ReportedProcess[];
  /** Acknowledged since the look before, by processes that told at both. */
  readonly settled: number;
  /**
   * Of these, from stored in the stream, by the server's clock, to acknowledged, by that of the process: what the clocks differ is in
   * it. Undefined when nothing was settled, or nobody had told before.
   */
  readonly latencyMs: Percentiles | undefined;
  /** Of these, from delivery to acknowledgement. */
  readonly handlingMs: Percentiles | undefined;
}

/** What half of all, and all but one in a hundred, did not exceed, in milliseconds; at most 2 % off. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** A process that works, or one of its connections. */
export interface ReportedProcess {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Undefined where its app has no name. */
  readonly app: string | undefined;
  readonly started: Date;
  /** Messages that it holds of this worker. */
  readonly held: number;
  /** Calls of handlers that run. */
  readonly running: number;
  /** Lanes that hold something; undefined where nothing is ordered. */
  readonly lanes: number | undefined;
}

/**
 * Makes looks at how the workers of a server's account do. Processes tell that run workers by `connect()`, without `reports: false`.
 *
 * @example
 * const reports = workerReports(connection);
 * await reports.look(); // who is there
 * await setTimeout(1_000);
 * for (const { worker, latencyMs } of await reports.look()) console.log(worker, latencyMs?.p99);
 */
export function workerReports(connection: Connection): WorkerReports {
  return new Asker(connection);
}

const ANSWER_MS = 250;
/** One that has not answered for so long is no longer shown; its counts are remembered longer. */
const SHOWN_MS = 5_000;
const REMEMBERED_MS = 60_000;
/** Connections that are remembered. */
const KNOWN_MAX = 2_000;
const NO_RESPONDERS = 503;

/** One that answered before. */
interface Known {
  latest: ProcessReport;
  /** What was told when the look before ended; undefined: nothing was. */
  taken: ProcessReport | undefined;
  heardMs: number;
}

class Asker implements WorkerReports {
  readonly #connection: Connection;
  readonly #inbox: string;
  readonly #known = new Map<string, Known>();
  #listening: Listening | undefined;
  /** Who is waited for. */
  #awaited = new Set<string>();
  #answered: () => void = () => {};
  #askedMs: number | undefined;
  #looking: Promise<readonly ReportedWorker[]> | undefined;
  #refused = false;
  #stopped = false;
  readonly #scratch = new Histogram();
  readonly #stopFollowing: () => void;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#inbox = connection.newInbox();
    this.#stopFollowing = connection.onServerError((error) => {
      const { operation, subject } = error as { operation?: string; subject?: string };
      if (operation === 'publish' && subject === REPORT_SUBJECT) this.#refuse();
    });
  }

  look(): Promise<readonly ReportedWorker[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopFollowing();
    this.#listening?.unsubscribe();
    this.#answered();
  }

  async #look(): Promise<readonly ReportedWorker[]> {
    const nowMs = performance.now();
    const beforeMs = this.#askedMs ?? nowMs;
    this.#askedMs = nowMs;
    if (this.#ask()) await this.#answers(beforeMs);
    return this.#take(nowMs - beforeMs);
  }

  /** False where nobody will answer. */
  #ask(): boolean {
    if (this.#stopped || this.#refused || !this.#connection.connected) return false;
    try {
      this.#listening ??= this.#connection.subscribe(
        this.#inbox,
        (msg) => this.#hear(msg),
        () => this.#refuse(),
      );
      this.#connection.nc.publish(REPORT_SUBJECT, undefined, { reply: this.#inbox });
      return true;
    } catch {
      // It is closing.
      return false;
    }
  }

  /** Resolves when all have answered that were heard of since the look before, or after a while. */
  async #answers(beforeMs: number): Promise<void> {
    const there = [...this.#known].filter(([, { heardMs }]) => heardMs >= beforeMs);
    this.#awaited = new Set(there.map(([id]) => id));
    if (this.#awaited.size === 0) return;
    await within(
      ANSWER_MS,
      new Promise<void>((resolve) => {
        this.#answered = resolve;
      }),
    );
  }

  #refuse(): void {
    this.#refused = true;
    this.#answered();
  }

  #hear(msg: Msg): void {
    if (msg.headers?.code === NO_RESPONDERS) return this.#answered();
    const report = decodeReport(msg.data);
    if (report === undefined) return;
    const { id } = report;
    const known = this.#known.get(id);
    const heardMs = performance.now();
    if (known !== undefined) {
      known.latest = report;
      known.heardMs = heardMs;
    } else if (this.#known.size < KNOWN_MAX) {
      // Between two looks it is what the next one subtracts.
      const taken = this.#looking === undefined ? report : undefined;
      this.#known.set(id, { latest: report, taken, heardMs });
    }
    this.#awaited.delete(id);
    if (this.#awaited.size === 0) this.#answered();
  }

  /** What came since the look before, which was `elapsedMs` ago. */
  #take(elapsedMs: number): ReportedWorker[] {
    const nowMs = performance.now();
    const sums = new Map<string, Sum>();
    for (const [id, known] of this.#known) {
      const { latest, taken, heardMs } = known;
      const fresh = latest !== taken;
      if (!fresh && nowMs - heardMs > REMEMBERED_MS) this.#known.delete(id);
      if (!fresh && nowMs - heardMs > SHOWN_MS) continue;
      const before = new Map(taken?.workers.map((record) => [keyOf(record), record]));
      for (const record of latest.workers) {
        const key = keyOf(record);
        const sum = sums.get(key) ?? new Sum(record);
        sums.set(key, sum);
        const ageMs = latest.nowMs - record.sinceMs;
        const grown = fresh ? growth(record, before.get(key), ageMs <= elapsedMs) : undefined;
        sum.add(latest, record, grown);
      }
      known.taken = latest;
    }
    return [...sums.values()].map((sum) => sum.figures(this.#scratch));
  }
}

interface Growth {
  readonly latency: HistogramPairs;
  readonly handling: HistogramPairs;
}

/** What came on top; all of it where the worker is younger than the look before. Undefined where that cannot be told. */
function growth(
  now: WorkerRecord,
  before: WorkerRecord | undefined,
  isYoung: boolean,
): Growth | undefined {
  if (before?.sinceMs !== now.sinceMs) return isYoung ? now : undefined;
  const latency = subtractPairs(now.latency, before.latency);
  const handling = subtractPairs(now.handling, before.handling);
  return latency && handling && { latency, handling };
}

/** One worker over its processes. */
class Sum {
  readonly #worker: string;
  readonly #stream: string;
  readonly #processes: ReportedProcess[] = [];
  readonly #grown: Growth[] = [];

  constructor({ worker, stream }: WorkerRecord) {
    this.#worker = worker;
    this.#stream = stream;
  }

  add(report: ProcessReport, record: WorkerRecord, grown: Growth | undefined): void {
    const { id, host, pid, app, startedMs } = report;
    const { held, running, lanes } = record;
    this.#processes.push({
      id,
      host,
      pid,
      app: app ?? undefined,
      started: new Date(startedMs),
      held,
      running,
      lanes: lanes ?? undefined,
    });
    if (grown !== undefined) this.#grown.push(grown);
  }

  figures(scratch: Histogram): ReportedWorker {
    return {
      worker: this.#worker,
      stream: this.#stream,
      processes: this.#processes,
      settled: this.#grown.reduce((sum, { handling }) => sum + countOf(handling), 0),
      latencyMs: percentiles(this.#grown, 'latency', scratch),
      handlingMs: percentiles(this.#grown, 'handling', scratch),
    };
  }
}

function percentiles(
  grown: readonly Growth[],
  of: keyof Growth,
  scratch: Histogram,
): Percentiles | undefined {
  scratch.clear();
  for (const each of grown) scratch.add(each[of]);
  if (scratch.count === 0) return undefined;
  const at = (share: number) => Number(scratch.quantileMs(share).toPrecision(4));
  return { p50: at(0.5), p99: at(0.99) };
}

/** Neither name has a space in it. */
function keyOf({ stream, worker }: WorkerRecord): string {
  return `${stream} ${worker}`;
}
