/** What Jetlane is tested with: the conformance suite of its carriers, a ledger of what happened, and a proxy of faults. */
export { conformance } from './conformance.ts';
export type { AckDropOptions } from './faults/ack-drops.ts';
export {
  type FaultCounts,
  type FaultDirection,
  FaultProxy,
  type FaultProxyOptions,
  startFaultProxy,
} from './faults/fault-proxy.ts';
export type {
  ConformanceHarness,
  World,
  WorldClientOptions,
  WorldDeadLetter,
} from './harness.ts';
export type { LedgerEntry, LedgerEvent, LedgerPlace, LedgerWriter } from './ledger/entry.ts';
export type { LedgerFindings } from './ledger/key-order.ts';
export { Ledger } from './ledger/ledger.ts';
export { LedgerFile } from './ledger/ledger-file.ts';
export { LedgerReader } from './ledger/ledger-reader.ts';
export { seededRandom } from './random.ts';
export { holds, until } from './until.ts';
