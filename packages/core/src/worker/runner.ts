import type { Codec } from '@jetlane/contracts';
import type { Bus, ConsumerState } from '../bus.ts';
import type { Client } from '../client.ts';
import { diagnostics } from '../diagnostics.ts';
import { Engine } from './engine.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** What a running worker has at hand. */
export interface Surroundings {
  readonly bus: Bus;
  readonly client: Client;
  /** Stores what handlers return. */
  readonly store: Bus['store'];
  /** For what handlers return. */
  readonly codec: Codec;
  /** `ce-source` of what handlers return. */
  readonly source: string;
}

/** Messages in this process: in all, at a handler, and waiting for a retry in place. */
export interface Held {
  readonly all: number;
  readonly running: number;
  readonly retrying: number;
}

/** A running worker. */
export interface Runner {
  readonly name: string;
  readonly stream: string;
  held(): Held;
  /** How its durable consumer stands. */
  state(): Promise<ConsumerState>;
  /**
   * Fetches no more, gives back what has not begun, and waits for what runs; after `timeoutMs` aborts it and gives that
   * back too. Every settlement has reached the server when it resolves.
   */
  drain(timeoutMs: number): Promise<void>;
}

/** Starts a worker whose durable exists. Resolves when it is pulling. */
export async function run(spec: WorkerSpec, around: Surroundings): Promise<Runner> {
  const engine = new Engine(spec, around);
  const subscription = await around.bus.subscribe(spec, {
    room: spec.room,
    deliver: (delivery) => engine.deliver(delivery),
    fail: (error) => fail(spec, error),
  });
  engine.begin(subscription);
  return {
    name: spec.name,
    stream: spec.stream.name,
    held: () => engine.held(),
    state: () => subscription.state(),
    async drain(timeoutMs) {
      await engine.drain(timeoutMs);
      // A broker that is away has the settlements redelivered; that is no reason to hang here.
      await around.bus.flush().catch(() => {});
    },
  };
}

/** A worker that can not go on says so, loudly where nobody listens. */
function fail({ name, stream }: WorkerSpec, error: Error): void {
  if (diagnostics.fail.hasSubscribers)
    diagnostics.fail.publish({ worker: name, stream: stream.name, error });
  else
    process.emitWarning(`worker '${name}' stopped: ${error.message}`, {
      code: 'JETLANE_WORKER_STOPPED',
    });
}
