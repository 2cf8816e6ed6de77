/** How messages move: connect, publish, durable workers, retries, dead letters, topology, and the in-process bus. */
export {
  type AnyDefinition,
  type AnyStream,
  type Codec,
  command,
  type Definition,
  type Duration,
  type EncodedMessage,
  type ErrorCode,
  event,
  isJetlaneError,
  JetlaneError,
  json,
  type Message,
  type MessageOptions,
  msgpack,
  type Outgoing,
  type Runnable,
  type Size,
  type Stream,
  type StreamOptions,
  stream,
} from '@jetlane/contracts';
export { type App, type AppParts, app, appParts, type Collected, collect, isApp } from './app.ts';
export type { PublishAllOptions } from './bulk/bulk-options.ts';
export {
  type BulkFailure,
  type BulkMode,
  type BulkReport,
  bulkReport,
} from './bulk/bulk-report.ts';
export type { ConsumerState, PublishAck, Publishing, Topology } from './bus.ts';
export type { Client } from './client.ts';
export { connect } from './connect.ts';
export type { ConnectOptions } from './connect-options.ts';
export type { DeadLetter, DeadLetterFilter } from './dead-letters/dead-letter.ts';
export {
  type ActionFilter,
  type DeadLetterGroup,
  type DeadLetters,
  deadLetters,
} from './dead-letters/dead-letters.ts';
export type { ReplayEdit, Replayed, ReplayOptions } from './dead-letters/replay.ts';
export {
  type BlockEvent,
  type BreakerEvent,
  type BuryEvent,
  type DeliverEvent,
  diagnostics,
  type FailEvent,
  type FenceEvent,
  type HeldEvent,
  type PolicyEvent,
  type PublishEvent,
  type ReconnectEvent,
  type RetryEvent,
  type Running,
  type SettleEvent,
} from './diagnostics.ts';
export { ADVISORIES, captureAdvisories } from './doctor/advisories.ts';
export { type DoctorOptions, doctor, toFinding } from './doctor/doctor.ts';
export type { Finding } from './doctor/finding.ts';
export { type SweepOptions, type Swept, sweep } from './doctor/sweep.ts';
export type { InboxTx } from './inbox/bucket-tx.ts';
export type { ClientInbox, Inbox } from './inbox/inbox.ts';
export { type KvInbox, type KvInboxOptions, kvInbox } from './inbox/kv-inbox.ts';
export { type Kv, type KvOptions, kv } from './kv/kv.ts';
export type { KvEntry, KvStore, PutOptions } from './kv/kv-store.ts';
export {
  type MemoryClient,
  type MemoryDeadLetter,
  type MemoryOptions,
  memory,
} from './memory/memory.ts';
export type { Favor, WindowRange } from './nats/adaptive-window.ts';
export {
  type Connection,
  type ConnectionOptions,
  open,
  SERVER_VERSION_MIN,
} from './nats/connection.ts';
export { type PartitionStatus, partitionStatus } from './partitions/partition-status.ts';
export type { PauseOptions } from './pausing.ts';
export { Histogram, type HistogramPairs } from './reports/histogram.ts';
export {
  type Percentiles,
  type ReportedProcess,
  type ReportedWorker,
  type WorkerReports,
  workerReports,
} from './reports/worker-reports.ts';
export { type Schedule, schedule, type Tick } from './schedule/schedule.ts';
export type { When } from './schedule/timetable.ts';
export { type Applied, type ApplyOptions, apply } from './topology/apply.ts';
export {
  type Change,
  type FieldChange,
  type Plan,
  type PlanWarning,
  toLine,
} from './topology/change.ts';
export {
  durablesOf,
  type PausedDurable,
  pauseDurables,
  UNTIL_RESUMED,
  type WorkerName,
} from './topology/durables.ts';
export { type ExportFormat, exportTopology } from './topology/export.ts';
export { plan } from './topology/plan.ts';
export type { BreakerOptions, BreakerState } from './worker/breaker.ts';
export { type Context, type Handler, on, onBatch, type Result } from './worker/handler.ts';
export type { Held, HeldLanes } from './worker/held.ts';
export type { RateLimit } from './worker/rate-limit.ts';
export type {
  ErrorClass,
  RetryOptions,
  RetryPolicy,
  RetryRule,
  RetryRuleSpec,
} from './worker/retry-policy.ts';
export type { RunningWorker } from './worker/runner.ts';
export {
  isWorker,
  toWorker,
  type Worker,
  type WorkerLimits,
  type WorkerOptions,
  withLimits,
  worker,
  workerSpec,
} from './worker/worker.ts';
export type { WorkerSpec } from './worker/worker-spec.ts';
export type { WriteOptions } from './write-options.ts';
export type { PublishOptions } from './writer.ts';
