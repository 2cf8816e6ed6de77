/** What a run tells its services, through the environment. */

/** Which city, and how many processes share a service. */
export interface ServiceSettings {
  readonly seed: number;
  readonly processes: number;
}

/** Environment variables of {@link serviceSettings}. */
export const SEED_VARIABLE = 'LOCATION_SEED';
export const PROCESSES_VARIABLE = 'LOCATION_PROCESSES';

/** Reads `LOCATION_SEED` (default 7) and `LOCATION_PROCESSES` (default 1). */
export function serviceSettings(env: NodeJS.ProcessEnv = process.env): ServiceSettings {
  return {
    seed: Number(env[SEED_VARIABLE] ?? 7),
    processes: Number(env[PROCESSES_VARIABLE] ?? 1),
  };
}

/**
 * How the services take positions: many at once, since handling one takes microseconds, and
 * without checking again what a Jetlane publisher has checked. What a killed process held comes
 * again after 10 s.
 */
export const FAST = {
  startAt: 'new',
  concurrency: 512,
  maxAckPending: 8000,
  ackWait: '10s',
  validate: 'foreign',
} as const;
