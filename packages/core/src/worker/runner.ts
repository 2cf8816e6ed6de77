import type { Codec } from '@jetlane/contracts';
import type { Bus, ConsumerState } from '../bus.ts';
import type { Client } from '../client.ts';
import type { Clock } from '../clock.ts';
import { diagnostics } from '../diagnostics.ts';
import { type Inbox, openInbox } from '../inbox/inbox.ts';
import type { Sink } from '../publish.ts';
import type { WorkerRecord } from '../reports/process-report.ts';
import type { Watchdog } from '../watchdog.ts';
import { Engine } from './engine.ts';
import type { Held } from './held.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** What a client gives the workers that it runs. */
export interface RunnerSurroundings {
  readonly bus: Bus;
  readonly client: Client;
  /** Where what handlers return goes. */
  readonly sink: Sink;
  /** For what handlers return. */
  readonly codec: Codec;
  /** `ce-source` of what handlers return. */
  readonly source: string;
  /** The time that a drain may take. Not the bus's clock, which a test may hold still while real work ends. */
  readonly drainClock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly dice: () => number;
  /** Whether somebody may ask how the workers do. */
  readonly reports: boolean;
  /** Undefined where time is not the machine's. */
  readonly watchdog: Watchdog | undefined;
}

/** What a running worker has at hand. */
export interface Surroundings extends RunnerSurroundings {
  /** Undefined for a worker without one. */
  readonly inbox: Inbox<unknown> | undefined;
}

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly name: string;
  readonly stream: string;
  /** What this process holds of it now. */
  held(): Held;
  /** Asks the server how the durable consumer stands, over all processes. */
  state(): Promise<ConsumerState>;
}

/** A running worker, for the client that stops it. */
export interface Runner extends RunningWorker {
  /** What it tells whoever asks this process; undefined where nobody may. */
  report(): WorkerRecord | undefined;
  /**
   * Fetches no more, handles what is held, and after half of the time gives back what has not begun; after `timeoutMs` it
   * aborts the rest. Every settlement has reached the server when it resolves.
   */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Starts a worker whose durable exists. Resolves when it is pulling. `ended` is called when it cannot go on: it is to be
 * drained, and may be started again.
 */
export async function run(
  spec: WorkerSpec,
  around: RunnerSurroundings,
  ended: (runner: Runner) => void,
): Promise<Runner> {
  const engine = new Engine(spec, { ...around, inbox: await inboxOf(spec, around) });
  let failure: Error | undefined;
  let fail = (error: Error) => {
    failure ??= error;
  };
  const subscription = await around.bus.subscribe(spec, {
    room: spec.room,
    maxBytes: spec.maxBytes,
    deliver: (delivery) => engine.deliver(delivery),
    withdraw: (seqs) => engine.withdraw(seqs),
    fail: (error) => fail(error),
  });
  engine.begin(subscription);
  const runner: Runner = {
    name: spec.name,
    stream: spec.stream.name,
    held: () => engine.held(),
    report: () => engine.report(),
    state: () => subscription.state(),
    async drain(timeoutMs) {
      const endMs = around.drainClock.monotonic() + timeoutMs;
      await engine.drain(timeoutMs);
      // A broker that is away delivers again what it did not see settled; that is no reason to hang here.
      await around.bus.flush(Math.max(0, endMs - around.drainClock.monotonic()));
    },
  };
  fail = (error) => {
    ended(runner);
    announce(spec, error);
  };
  if (failure !== undefined) fail(failure);
  return runner;
}

function inboxOf(
  { inbox, name, stream }: WorkerSpec,
  { bus, codec }: RunnerSurroundings,
): Promise<Inbox<unknown>> | undefined {
  if (inbox === undefined) return undefined;
  const replicas = stream.options.replicas ?? 1;
  return openInbox(inbox, { bus, codec, worker: name, stream: stream.name, replicas });
}

/** A worker that cannot go on says so, loudly where nobody listens. */
function announce({ name, stream }: WorkerSpec, error: Error): void {
  if (diagnostics.fail.hasSubscribers)
    diagnostics.fail.publish({ worker: name, stream: stream.name, error });
  else
    process.emitWarning(`worker '${name}' stopped: ${error.message}`, {
      code: 'JETLANE_WORKER_STOPPED',
    });
}
