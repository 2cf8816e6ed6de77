/**
 * What simulations, fuzz tests and carriers other than NATS are made of. It changes without notice: applications import the
 * package itself.
 */
export {
  catalog,
  compileSubject,
  decodeMessage,
  patternProblems,
  patternsOverlap,
  type RawMessage,
  subjectMatches,
  toFilters,
} from '@jetlane/contracts';
export type { Bus, Delivery, Subscriber, Subscription } from './bus.ts';
export { type ClientOptions, createClient } from './client.ts';
export type { Clock } from './clock.ts';
export { matchesFilter, type StoredRecord, toDeadLetter } from './dead-letters/dead-letter.ts';
export { DueHeap } from './memory/due-heap.ts';
export { headerBlock } from './nats/header-block.ts';
export { PartitionGroup } from './nats/partition-group.ts';
export { Puller } from './nats/puller.ts';
export { scanHeaders } from './nats/scan-headers.ts';
export { isPartitioned, PIN_TIMEOUT_MS } from './partitions/queue-config.ts';
