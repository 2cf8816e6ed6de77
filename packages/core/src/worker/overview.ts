import { diagnostics, type Running } from '../diagnostics.ts';
import type { WorkerRecord } from '../reports/process-report.ts';
import type { WorkerTally } from '../reports/worker-tally.ts';
import { typesOf } from '../watchdog.ts';
import type { Gate } from './gate.ts';
import type { Guard } from './guard.ts';
import { type Held, survey } from './held.ts';
import type { Job } from './job.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** The parts of a worker that something can be seen of. */
export interface Parts {
  readonly jobs: ReadonlyMap<number, Job>;
  readonly gate: Gate<Job>;
  readonly guard: Guard | undefined;
  readonly lanes: { readonly busy: number; readonly waiting: number };
  /** Undefined where nobody may ask. */
  readonly tally: WorkerTally | undefined;
  /** The monotonic clock. */
  nowMs(): number;
}

/** What a worker shows of itself. */
export class Overview {
  readonly #spec: WorkerSpec;
  readonly #parts: Parts;

  constructor(spec: WorkerSpec, parts: Parts) {
    this.#spec = spec;
    this.#parts = parts;
  }

  held(): Held {
    const { jobs, gate, guard, lanes, nowMs } = this.#parts;
    const ordered = this.#spec.laneOf === undefined ? undefined : lanes;
    return {
      all: jobs.size,
      running: gate.running,
      limit: gate.concurrency,
      throttled: guard?.throttled ?? 0,
      ...survey(jobs.values(), ordered, nowMs()),
      ...(guard?.breaker && { breaker: guard.breaker }),
    };
  }

  /** What it did so far, and holds now, for whoever asked this process; undefined where nobody may. */
  report(): WorkerRecord | undefined {
    const { tally } = this.#parts;
    if (tally === undefined) return undefined;
    const { name: worker, stream, room } = this.#spec;
    const { all: held, running, lanes } = this.held();
    const { sinceMs, settled, retried, buried } = tally;
    return {
      worker,
      stream: stream.name,
      sinceMs,
      held,
      running,
      room,
      lanes: lanes?.keys ?? null,
      settled,
      retried,
      buried,
      latency: tally.latency.pairs(),
      handling: tally.handling.pairs(),
    };
  }

  /** What handlers have now; undefined when none runs. */
  running(): Running | undefined {
    const types = typesOf(messagesAt(this.#parts.jobs.values()));
    return types.length === 0 ? undefined : { worker: this.#spec.name, types };
  }

  /** A snapshot for whoever listens. */
  tell(): void {
    if (!diagnostics.held.hasSubscribers) return;
    const { name, stream } = this.#spec;
    diagnostics.held.publish({ worker: name, stream: stream.name, ...this.held() });
  }
}

function* messagesAt(jobs: Iterable<Job>) {
  for (const { state, message } of jobs)
    if (state === 'running' && message !== undefined) yield message;
}
