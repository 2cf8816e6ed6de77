/**
 * What a run left that could not clean up, because it was killed: the work queues of its partitioned services. They go on copying
 * what is published, and nobody reads them, so the next run takes them away: every run begins with what is new.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, open, partitionStatus } from '@jetlane/core';
import type { ServiceName } from '../services/service-name.ts';

/** Processes of a run that was killed notice that, and are gone within so long. */
const LEAVING_MS = 3000;
const LOOK_EVERY_MS = 250;

/**
 * Deletes those of these services. One that still has processes is theirs: it stays, and `warn` is told so in a sentence.
 *
 * @throws JetlaneError `CONNECTION_LOST`, `JETSTREAM_UNAVAILABLE`, `PERMISSION_DENIED`
 */
export async function dropOldQueues(
  servers: readonly string[],
  stream: string,
  services: readonly ServiceName[],
  warn: (line: string) => void,
): Promise<void> {
  const connection = await open({ servers: [...servers], name: 'location-old-queues' });
  try {
    await Promise.all(services.map((service) => drop(connection, stream, service, warn)));
  } finally {
    await connection.nc.close();
  }
}

async function drop(
  connection: Connection,
  stream: string,
  service: ServiceName,
  warn: (line: string) => void,
): Promise<void> {
  const untilMs = performance.now() + LEAVING_MS;
  for (;;) {
    const partitions = (await partitionStatus(connection)).filter(
      (one) => one.stream === stream && one.worker === service,
    );
    if (partitions.length === 0) return;
    if (partitions.every(({ owner }) => owner === undefined)) break;
    if (performance.now() >= untilMs) {
      return warn(`another run on this server has processes of ${service}: they share its work`);
    }
    await delay(LOOK_EVERY_MS);
  }
  // Two runs that begin together may both want to.
  await connection.jsm.streams.delete(`${stream}-${service}`).catch(() => {});
}
