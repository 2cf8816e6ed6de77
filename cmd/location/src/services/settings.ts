/** What a run tells its services, through the environment. */

/** Which city, and how many processes share a service. */
export interface ServiceSettings {
  readonly seed: number;
  readonly processes: number;
  /** Whether a service that is ordered by driver is partitioned: where it has several processes, or may get more while it runs. */
  readonly partitioned: boolean;
  /** After so long the server gives to another what a process held and said nothing of. */
  readonly ackWaitMs: number;
}

/** Environment variables of {@link serviceSettings}. */
export const SEED_VARIABLE = 'LOCATION_SEED';
export const PROCESSES_VARIABLE = 'LOCATION_PROCESSES';
export const PARTITIONED_VARIABLE = 'LOCATION_PARTITIONED';
export const ACK_WAIT_VARIABLE = 'LOCATION_ACK_WAIT_MS';

/**
 * Reads `LOCATION_SEED` (default 7), `LOCATION_PROCESSES` (default 1), `LOCATION_PARTITIONED` (`yes` or `no`; default: with
 * several processes) and `LOCATION_ACK_WAIT_MS` (default 10,000).
 */
export function serviceSettings(env: NodeJS.ProcessEnv = process.env): ServiceSettings {
  const processes = Number(env[PROCESSES_VARIABLE] ?? 1);
  return {
    seed: Number(env[SEED_VARIABLE] ?? 7),
    processes,
    partitioned: (env[PARTITIONED_VARIABLE] ?? (processes > 1 ? 'yes' : 'no')) === 'yes',
    ackWaitMs: Number(env[ACK_WAIT_VARIABLE] ?? 10_000),
  };
}

/**
 * How the services take positions: many at once, since handling one takes microseconds, and
 * without checking again what a Jetlane publisher has checked. What a killed process held comes
 * again after the ack wait. What fails is tried four times within two seconds, as a position is stale after a few; then it is a dead letter.
 */
export const FAST = {
  startAt: 'new',
  concurrency: 512,
  maxAckPending: 8000,
  ackWait: `${serviceSettings().ackWaitMs}ms`,
  validate: 'foreign',
  retry: { attempts: 4, minDelay: '100ms', maxDelay: '1s' },
} as const;
