import { suggest } from '@jetlane/contracts';
import {
  toWorker,
  type Worker,
  type WorkerLimits,
  type WorkerSpec,
  withLimits,
} from '@jetlane/core';
import { usageFailure } from '../failure.ts';

/** Which workers to run, and what to change about them. */
export interface WorkerChoice extends WorkerLimits {
  /** Names; default: all. */
  readonly only?: readonly string[];
}

/** The chosen workers, overridden. Throws a usage failure that lists the names when one is unknown. */
export function selectWorkers(
  app: string,
  workers: readonly WorkerSpec[],
  choice: WorkerChoice,
): Worker[] {
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
    .map((spec) => withLimits(toWorker(spec), choice));
}
