/** What Jetlane is tested with: the conformance suite of its carriers, and a ledger of what was sent and delivered. */
export { conformance } from './conformance.ts';
export type {
  ConformanceHarness,
  World,
  WorldClientOptions,
  WorldDeadLetter,
} from './harness.ts';
export { Ledger } from './ledger.ts';
export { holds, until } from './until.ts';
