/** All faults, in the order in which they are tried. */
import type { Fault } from './fault.ts';
import { ackDrop } from './faults/ack-drop.ts';
import { brokerKill } from './faults/broker-kill.ts';
import { consumerDelete } from './faults/consumer-delete.ts';
import { dlqRefused } from './faults/dlq-refused.ts';
import { lanes } from './faults/lanes.ts';
import { lastAttemptCrash } from './faults/last-attempt-crash.ts';
import { leaderPause } from './faults/leader-pause.ts';
import { loopBlock } from './faults/loop-block.ts';
import { networkPartition } from './faults/network-partition.ts';
import { poison } from './faults/poison.ts';
import { power } from './faults/power.ts';
import { replayInterrupt } from './faults/replay-interrupt.ts';
import { rollingRestart } from './faults/rolling-restart.ts';
import { streamFull } from './faults/stream-full.ts';
import { workerKill } from './faults/worker-kill.ts';

/** See the head of this file. A new fault is entered here. */
export const FAULTS: readonly Fault[] = [
  brokerKill,
  ackDrop,
  leaderPause,
  networkPartition,
  streamFull,
  workerKill,
  loopBlock,
  consumerDelete,
  rollingRestart,
  lanes,
  poison,
  lastAttemptCrash,
  replayInterrupt,
  dlqRefused,
  power,
];
