/** The cost model as data: laws with their coefficients, where they were measured, and how far they were off. */
import { readFile } from 'node:fs/promises';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import { LAW_NAMES, type LawName } from './law-names.ts';

/** A linear law: the sum of coefficient times variable. */
export interface Law {
  /** What it gives, such as `µs of server CPU for each stored message`. */
  readonly gives: string;
  /** By variable. */
  readonly terms: Readonly<Record<string, number>>;
  /** Points that it was fitted to. */
  readonly fitted: number;
  /** Points that it was not fitted to and was checked on; 0 where there was none. */
  readonly checked: number;
  /** Median and worst error on those, as a share of what was measured; null without any. */
  readonly errorMedian: number | null;
  readonly errorWorst: number | null;
}

/** See the head of this file. */
export interface ScaleModel {
  readonly format: typeof FORMAT;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: string;
  readonly command: string;
  readonly size: 'quick' | 'full';
  readonly node: string;
  readonly natsServer: string;
  readonly jetlane: string;
  readonly laws: Readonly<Record<LawName, Law>>;
  /** Largest values that were measured: beyond them a law is extrapolated. */
  readonly measuredUpTo: {
    readonly sizeBytes: number;
    readonly services: number;
    readonly subjects: number;
    readonly ids: number;
    readonly consumers: number;
    readonly filters: number;
    readonly connections: number;
    /** Messages a second that one stream took, all on one machine: with one copy, and with three. */
    readonly streamPerSecond: number;
    readonly replicatedStreamPerSecond: number;
  };
}

/** Changes when the laws do. */
export const FORMAT = 'jetlane-scale-1';

/** The model that comes with this package. */
export const MODEL_FILE = new URL('../../scale-model.json', import.meta.url);

/**
 * Reads a model.
 *
 * @throws BenchFailure when it cannot be read, is no JSON, or lacks something; all of that is listed
 */
export async function readModel(file: string | URL): Promise<ScaleModel> {
  const name = file instanceof URL ? 'the model of this package' : file;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new BenchFailure(`--model: ${name} cannot be read: ${messageOf(error)}`);
  }
  const problems = modelProblems(value);
  if (problems.length === 0) return value as ScaleModel;
  throw new BenchFailure(`--model: ${name} is no model: ${problems.join('; ')}`);
}

/** What is wrong with a model, in words. */
export function modelProblems(value: unknown): string[] {
  if (!isObject(value)) return ['expected an object'];
  if (value['format'] !== FORMAT)
    return [`format is ${JSON.stringify(value['format'])}, expected "${FORMAT}"`];
  const texts = ['date', 'machine', 'command'].filter((name) => typeof value[name] !== 'string');
  const laws = isObject(value['laws']) ? value['laws'] : {};
  const bounds = isObject(value['measuredUpTo']) ? value['measuredUpTo'] : {};
  return [
    ...texts.map((name) => `${name} is missing`),
    ...LAW_NAMES.flatMap((name) => lawProblems(name, laws[name])),
    ...BOUNDS.filter((name) => !isAmount(bounds[name])).map(
      (name) => `measuredUpTo.${name} must be a positive number`,
    ),
  ];
}

const BOUNDS = [
  'sizeBytes',
  'services',
  'subjects',
  'ids',
  'consumers',
  'filters',
  'connections',
  'streamPerSecond',
  'replicatedStreamPerSecond',
] as const satisfies readonly (keyof ScaleModel['measuredUpTo'])[];

function lawProblems(name: string, law: unknown): string[] {
  if (!isObject(law) || !isObject(law['terms'])) return [`laws.${name} is missing`];
  return Object.entries(law['terms'])
    .filter(([, value]) => typeof value !== 'number' || !Number.isFinite(value))
    .map(([term]) => `laws.${name}.terms.${term} must be a number`);
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
