/** What a run tells its services, through the environment. */

/** Which city, and how many processes share a service. */
export interface ServiceSettings {
  readonly seed: number;
  readonly processes: number;
  /** Whether a service that is ordered by driver is partitioned: where it has several processes, or may get more while it runs. */
  readonly partitioned: boolean;
}

/** Environment variables of {@link serviceSettings}. */
export const SEED_VARIABLE = 'LOCATION_SEED';
export const PROCESSES_VARIABLE = 'LOCATION_PROCESSES';
export const PARTITIONED_VARIABLE = 'LOCATION_PARTITIONED';

/**
 * Reads `LOCATION_SEED` (default 7), `LOCATION_PROCESSES` (default 1) and `LOCATION_PARTITIONED` (`yes` or `no`; default: with
 * several processes).
 */
export function serviceSettings(env: NodeJS.ProcessEnv = process.env): ServiceSettings {
  const processes = Number(env[PROCESSES_VARIABLE] ?? 1);
  return {
    seed: Number(env[SEED_VARIABLE] ?? 7),
    processes,
    partitioned: (env[PARTITIONED_VARIABLE] ?? (processes > 1 ? 'yes' : 'no')) === 'yes',
  };
}

/**
 * How the services take positions: many at once, since handling one takes microseconds, and
 * without checking again what a Jetlane publisher has checked. What a killed process held comes
 * again after 10 s. What fails is tried four times within two seconds, as a position is stale after a few; then it is a dead letter.
 */
export const FAST = {
  startAt: 'new',
  concurrency: 512,
  maxAckPending: 8000,
  ackWait: '10s',
  validate: 'foreign',
  retry: { attempts: 4, minDelay: '100ms', maxDelay: '1s' },
} as const;
