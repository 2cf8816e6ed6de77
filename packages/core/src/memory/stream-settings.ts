import { type AnyStream, toBytes, toMs } from '@jetlane/contracts';

/** How a stream of the in-process bus keeps its messages: every unit parsed, every default filled in. */
export interface StreamSettings {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'interest' | 'workqueue';
  readonly storage: 'file' | 'memory';
  readonly discard: 'old' | 'new' | 'new-per-subject';
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxMsgs: number;
  readonly maxMsgsPerSubject: number;
  /** Headers and payload together. */
  readonly maxMsgSize: number;
  readonly maxConsumers: number;
  readonly dedupeWindowMs: number;
}

const DEFAULT_DEDUPE_WINDOW_MS = 120_000;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** The settings of a declared stream, which also stores `more` subjects. */
export function toSettings(stream: AnyStream, more: readonly string[]): StreamSettings {
  const { options } = stream;
  return {
    ...plainSettings(stream.name, [...stream.subjects, ...more]),
    retention: options.retention ?? 'limits',
    storage: options.storage ?? 'file',
    discard: options.discard ?? 'old',
    maxAgeMs: options.maxAge === undefined ? NO_LIMIT : toMs(options.maxAge),
    maxBytes: options.maxBytes === undefined ? NO_LIMIT : toBytes(options.maxBytes),
    maxMsgs: options.maxMsgs ?? NO_LIMIT,
    maxMsgsPerSubject: options.maxMsgsPerSubject ?? NO_LIMIT,
    maxMsgSize: options.maxMsgSize === undefined ? NO_LIMIT : toBytes(options.maxMsgSize),
    maxConsumers: options.maxConsumers ?? NO_LIMIT,
    dedupeWindowMs:
      options.dedupeWindow === undefined ? DEFAULT_DEDUPE_WINDOW_MS : toMs(options.dedupeWindow),
  };
}

/** A stream without limits. */
export function plainSettings(name: string, subjects: readonly string[]): StreamSettings {
  return {
    name,
    subjects,
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    maxAgeMs: NO_LIMIT,
    maxBytes: NO_LIMIT,
    maxMsgs: NO_LIMIT,
    maxMsgsPerSubject: NO_LIMIT,
    maxMsgSize: NO_LIMIT,
    maxConsumers: NO_LIMIT,
    dedupeWindowMs: DEFAULT_DEDUPE_WINDOW_MS,
  };
}
