/** All faults, in the order in which they are tried. */
import type { Fault } from './fault.ts';
import { brokerKill } from './faults/broker-kill.ts';

/** See the head of this file. A new fault is entered here. */
export const FAULTS: readonly Fault[] = [brokerKill];
