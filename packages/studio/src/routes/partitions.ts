import { partitionStatus } from '@jetlane/core';
import { toGap } from '../failure.ts';
import type { Nats } from '../nats.ts';
import type { PartitionsAnswer } from '../wire.ts';

/** Who has which partition. What can not be read is a gap. */
export async function lookAtPartitions(nats: Nats): Promise<PartitionsAnswer> {
  try {
    const found = await nats.run(
      'reading partitions',
      () => partitionStatus(nats.connection),
      TIMEOUT_MS,
    );
    const partitions = found.slice(0, PARTITIONS_MAX).map(({ owner, oldestMs, ...rest }) => ({
      ...rest,
      owner: owner ?? null,
      oldestMs: oldestMs ?? null,
    }));
    const left = found.length - partitions.length;
    const words = `${left} more are not shown: see jetlane partitions ls.`;
    const gaps = left === 0 ? [] : [{ what: 'other partitions', code: 'LIMIT', words }];
    return { atMs: Date.now(), partitions, gaps };
  } catch (error) {
    return { atMs: Date.now(), partitions: [], gaps: [toGap('who has which partition', error)] };
  }
}

const TIMEOUT_MS = 10_000;
const PARTITIONS_MAX = 1_000;
