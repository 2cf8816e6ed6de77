import {
  type Check,
  configInvalid,
  type Duration,
  durationProblem,
  type NotStable,
  type Output,
  type Schema,
  schemaProblems,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import type { BucketSettings } from '../bucket.ts';
import { printed, shown } from '../printed.ts';

/** Options of {@link kv}. */
export interface KvOptions<S extends Schema> {
  /** Must accept its own output. */
  schema: Check<S, NotStable<S>>;
  /** Default: for ever. At least `'1s'`. */
  maxAge?: Duration;
  /** Revisions kept per key, 1 to 64. Default 1. */
  history?: number;
  /** Copies on different servers, 1 to 5. Default: as it is; 1 when the bucket is created. */
  replicas?: number;
}

const SETTINGS = Symbol.for('jetlane.bucket');

/** A bucket definition; `client.kv` opens it. */
export interface Kv<Value> {
  readonly bucket: string;
  readonly schema: Schema<unknown, Value>;
  readonly [SETTINGS]: BucketSettings;
}

/**
 * Defines a bucket. Values are checked when written and when read. Inert: the bucket is created when it is first used.
 *
 * @throws JetlaneError `CONFIG_INVALID`, listing everything that is wrong
 * @example
 * const Totals = kv('totals', { schema: z.object({ total: z.number() }) });
 * await client.kv(Totals).put('o-1', { total: 42 });
 */
export function kv<S extends Schema>(bucket: string, options: KvOptions<S>): Kv<Output<S>> {
  const problems = [...bucketProblems(bucket), ...optionProblems(options)];
  if (problems.length > 0) throw configInvalid(`bucket '${printed(bucket)}'`, problems);
  const { schema, maxAge, history = 1, replicas } = options;
  const settings: BucketSettings = {
    name: bucket,
    kind: 'values',
    history,
    maxAgeMs: maxAge === undefined ? 0 : toMs(maxAge),
    replicas,
  };
  const given = schema as Schema<unknown, Output<S>>;
  return Object.freeze({ bucket, schema: given, [SETTINGS]: Object.freeze(settings) });
}

/** What a bucket has to be. */
export function bucketSettings(bucket: Kv<unknown>): BucketSettings {
  return bucket[SETTINGS];
}

/** Whether a value is a bucket definition, whichever copy of the package made it. */
export function isKv(value: unknown): value is Kv<unknown> {
  return typeof value === 'object' && value !== null && SETTINGS in value;
}

/** What is wrong with the name of a bucket, in words. */
export function bucketProblems(name: unknown): string[] {
  if (typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]{0,30}$/.test(name)) return [];
  return [
    `its name must be letters, digits, '_' and '-', under 32 characters, not ${JSON.stringify(name)}`,
  ];
}

/** What is wrong with a number of replicas, in words. */
export function replicaProblems(replicas: unknown): string[] {
  return inRange(replicas, 5) ? [] : [`replicas must be 1 to 5, not ${String(replicas)}`];
}

const OPTIONS = ['schema', 'maxAge', 'history', 'replicas'];

function optionProblems(
  options: { readonly [Option in keyof KvOptions<Schema>]?: unknown },
): string[] {
  if (typeof options !== 'object' || options === null) return ['needs { schema }'];
  const { schema, maxAge, history, replicas } = options;
  const problems = [
    ...unknownOptions(options, OPTIONS),
    ...schemaProblems(schema, 'schema'),
    ...replicaProblems(replicas),
  ];
  const age = maxAge === undefined ? undefined : durationProblem(maxAge, 'maxAge');
  if (age !== undefined) problems.push(age);
  else if (maxAge !== undefined && toMs(maxAge as Duration) < 1_000)
    problems.push(`maxAge must be at least '1s', not ${shown(maxAge)}`);
  if (!inRange(history, 64)) problems.push(`history must be 1 to 64, not ${shown(history)}`);
  return problems;
}

function inRange(value: unknown, max: number): boolean {
  return (
    value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max)
  );
}
