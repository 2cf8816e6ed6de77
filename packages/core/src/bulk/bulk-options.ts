import { unknownOptions } from '@jetlane/contracts';
import { BATCH_MAX } from '../bucket.ts';
import { shown } from '../printed.ts';
import type { BulkMode, BulkReport } from './bulk-report.ts';

/** How to publish many messages. */
export interface PublishAllOptions {
  /**
   * `'auto'` takes fast ingest where the server (2.14 or later) and the stream allow it, and goes on plainly where they do not,
   * or no longer. A mode that is named is the only one: where the stream does not take it, that is an error. Default `'auto'`.
   */
  mode?: BulkMode | 'auto';
  /** Messages of one atomic batch, 1 to 1,000; fewer where they have more bytes than `maxInFlightBytes`. Default 1,000. */
  batchSize?: number;
  /**
   * In an ingest, what follows when messages get lost between here and the stream, which dropped connections and changing leaders
   * bring about: send them again, in order, or stop with `PUBLISH_TIMEOUT`. Default `'republish'`.
   */
  onGap?: 'republish' | 'fail';
  /** Ends it: what was handed over is awaited, then the load rejects with `ABORTED`. */
  signal?: AbortSignal;
  /** How it goes, some ten times a second at most while messages are confirmed, and once at the end. */
  onProgress?: (report: BulkReport) => void;
}

/** All that is wrong with a call of `publish()` with options, in words. */
export function publishProblems(given: unknown, options: unknown): string[] {
  if (typeof options !== 'object' || options === null)
    return [`its options must be an object such as { atomic: true }, not ${shown(options)}`];
  const problems = unknownOptions(options, ['atomic']).map((problem) => {
    const name = MESSAGE_OPTIONS.find((one) => problem.startsWith(`${one} is no option`));
    if (name === undefined) return problem;
    return `${name} goes with the message, not with publish(): OrderPlaced({ ... }, { ${name} })`;
  });
  const { atomic } = options as { readonly atomic?: unknown };
  if (atomic !== undefined && typeof atomic !== 'boolean')
    problems.push(`'atomic' must be true or false, not ${shown(atomic)}`);
  if (atomic === true && !Array.isArray(given)) problems.push('takes a list with { atomic: true }');
  if (atomic === true && Array.isArray(given) && given.length > BATCH_MAX)
    problems.push(`at most ${BATCH_MAX} messages are stored at once, not ${given.length}`);
  return problems;
}

/** All that is wrong with a call of `publishAll()`, in words. */
export function bulkProblems(source: unknown, options: unknown): string[] {
  const problems: string[] = [];
  if (!isSource(source))
    problems.push(
      'takes messages from something that can be iterated: an array, a generator, a stream of objects',
    );
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return [...problems, `its options must be an object, not ${shown(options)}`];
  const { mode, batchSize, onGap, signal, onProgress } = options as Readonly<
    Record<keyof PublishAllOptions, unknown>
  >;
  problems.push(...unknownOptions(options, OPTIONS));
  if (mode !== undefined && !MODES.includes(mode))
    problems.push(`'mode' must be one of ${MODES.join(', ')}, not ${shown(mode)}`);
  if (batchSize !== undefined && !isBatchSize(batchSize))
    problems.push(
      `'batchSize' must be a whole number from 1 to ${BATCH_MAX}, not ${shown(batchSize)}`,
    );
  if (batchSize !== undefined && mode !== 'atomic')
    problems.push("'batchSize' is for mode: 'atomic': leave out one, or give both");
  if (onGap !== undefined && onGap !== 'republish' && onGap !== 'fail')
    problems.push(`'onGap' must be 'republish' or 'fail', not ${shown(onGap)}`);
  if (onGap !== undefined && (mode === 'plain' || mode === 'atomic'))
    problems.push(`'onGap' is for mode: 'ingest' or 'auto', not '${mode}': leave it out`);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    problems.push(`'signal' must be an AbortSignal, not ${shown(signal)}`);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    problems.push(`'onProgress' must be a function, not ${shown(onProgress)}`);
  return problems;
}

/** What goes with a message, not with the call that publishes it. */
const MESSAGE_OPTIONS = ['id', 'delay', 'at', 'ttl', 'headers'];

const OPTIONS = [
  'mode',
  'batchSize',
  'onGap',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof PublishAllOptions)[];

const MODES: readonly unknown[] = ['auto', 'plain', 'atomic', 'ingest'];

function isBatchSize(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= BATCH_MAX;
}

function isSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { [Symbol.iterator]: each, [Symbol.asyncIterator]: later } = value as Readonly<
    Record<symbol, unknown>
  >;
  return typeof each === 'function' || typeof later === 'function';
}
