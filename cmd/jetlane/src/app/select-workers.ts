import { suggest } from '@jetlane/contracts';
import type { Worker, WorkerSpec } from '@jetlane/core';
import { usageFailure } from '../failure.ts';

/** Which workers to run, and what to change about them. */
export interface WorkerChoice {
  /** Names; default: all. */
  readonly only?: readonly string[];
  /** Handlers at once in each process. Default: what the worker says. */
  readonly concurrency?: number;
  /** Messages not acked over all processes. Default: what the worker says. */
  readonly maxAckPending?: number;
}

/** The chosen workers, overridden. Throws a usage failure that lists the names when one is unknown. */
export function selectWorkers(
  app: string,
  workers: readonly WorkerSpec[],
  choice: WorkerChoice,
): WorkerSpec[] {
  const known = workers.map(({ name }) => name);
  if (known.length === 0)
    throw usageFailure(`app '${app}' runs no workers: list them in 'run' of app(...)`);
  const unknown = (choice.only ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const near = unknown.length === 1 ? suggest(unknown[0] as string, known) : undefined;
    const hint = near === undefined ? '' : `did you mean '${near}'? `;
    const names = unknown.map((name) => `'${name}'`).join(', ');
    throw usageFailure(
      `--only: app '${app}' has no worker ${names}; ${hint}it has ${known.join(', ')}`,
    );
  }
  return workers
    .filter(({ name }) => choice.only === undefined || choice.only.includes(name))
    .map((spec) => override(spec, choice));
}

/** A worker that runs as `spec` says. */
export function toWorker(spec: WorkerSpec): Worker {
  return Object.freeze({
    kind: 'worker' as const,
    name: spec.name,
    [SPEC]: spec,
  }) as unknown as Worker;
}

const SPEC = Symbol.for('jetlane.worker');

function override(spec: WorkerSpec, { concurrency, maxAckPending }: WorkerChoice): WorkerSpec {
  if (concurrency === undefined && maxAckPending === undefined) return spec;
  const both = {
    concurrency: concurrency ?? spec.concurrency,
    maxAckPending: maxAckPending ?? spec.maxAckPending,
  };
  return Object.freeze({ ...spec, ...both, room: roomFor(spec, both) });
}

/** As core has it: four times the concurrency, a quarter of the fleet's cap, and at least one whole batch. */
function roomFor(
  { handlers }: WorkerSpec,
  { concurrency, maxAckPending }: { concurrency: number; maxAckPending: number },
): number {
  const batch = Math.max(0, ...handlers.map((handler) => handler.batch?.size ?? 0));
  return Math.max(1, Math.min(4 * concurrency, Math.floor(maxAckPending / 4)), batch);
}
