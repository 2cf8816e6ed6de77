/** Asks once a second who has which partition of the services that are partitioned: what `jetlane partitions ls` shows. */
import { open, partitionStatus } from '@jetlane/core';

/** The watch. */
export interface PartitionWatch {
  /** By partition, the process that has it; undefined while none answers for it. Undefined: this worker has no partitions. */
  ownersOf(worker: string): readonly (number | undefined)[] | undefined;
  close(): Promise<void>;
}

const EVERY_MS = 1000;

/** Connects beside Jetlane, as the watch of consumers does. */
export async function watchPartitions(servers: readonly string[]): Promise<PartitionWatch> {
  const connection = await open({ servers: [...servers] });
  let owners = new Map<string, (number | undefined)[]>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const look = async () => {
    const seen = new Map<string, (number | undefined)[]>();
    for (const { worker, partition, owner } of await partitionStatus(connection)) {
      const list = seen.get(worker) ?? [];
      list[partition] = pidOf(owner);
      seen.set(worker, list);
    }
    owners = seen;
  };
  const keepLooking = () => {
    void look()
      .catch(() => {}) // the server is away: the next look tells
      .finally(() => {
        if (!closed) timer = setTimeout(keepLooking, EVERY_MS);
      });
  };
  keepLooking();
  return {
    ownersOf: (worker) => owners.get(worker),
    async close() {
      closed = true;
      clearTimeout(timer);
      await connection.nc.close();
    },
  };
}

/** An owner is called `host/pid`. */
function pidOf(owner: string | undefined): number | undefined {
  const pid = Number(owner?.slice(owner.lastIndexOf('/') + 1));
  return Number.isInteger(pid) ? pid : undefined;
}
