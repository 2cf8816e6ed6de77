/** What a fault is, and what comes of trying it. */
import type { Stage } from './stage.ts';

/** Every fault that there is. */
export const FAULT_NAMES = [
  'broker-kill',
  'ack-drop',
  'leader-pause',
  'network-partition',
  'stream-full',
  'worker-kill',
  'loop-block',
  'consumer-delete',
  'rolling-restart',
  'lanes',
  'poison',
  'last-attempt-crash',
  'replay-interrupt',
  'dlq-refused',
  'power',
] as const;

/** The name of a fault, as the command line takes it. */
export type FaultName = (typeof FAULT_NAMES)[number];

/** `full` is what the guarantees are stated for; `small` shows in seconds that the same code does the same. */
export type Size = 'small' | 'full';

/** Servers, and with three of them as many replicas of each stream. */
export type Nodes = 1 | 3;

/** How much of everything: counts, rates, times, with the unit in the name. Printed with the results. */
export type Settings = Readonly<Record<string, number>>;

/** A fault, what must hold under it, and how it is tried. */
export interface Fault {
  readonly name: FaultName;
  /** What is done, in a few words: `kill -9 the broker`. */
  readonly does: string;
  /** What must hold, in one sentence. */
  readonly expects: string;
  /** With how many servers it can be tried. Some faults need three, some can only have one. */
  readonly nodes: readonly Nodes[];
  readonly settings: Readonly<Record<Size, Settings>>;
  /** A run that takes longer has failed. */
  readonly limitMs: Readonly<Record<Size, number>>;
  /** Why this machine cannot try it, in words; undefined when it can. */
  obstacle(): string | undefined;
  /** Tries it. Throws when the run could not be brought to its end, which counts as not ok. */
  run(stage: Stage): Promise<Outcome>;
}

/** One thing that must be true of a run, in a sentence, and what was found. */
export interface Claim {
  /** For example `the minority acknowledged nothing`. */
  readonly says: string;
  readonly holds: boolean;
  /** The figures behind it: `0 of 412 publishes`. */
  readonly found: string;
}

/** What a run counted, from the ledgers. What a fault has nothing to do with is 0. */
export interface Counts {
  /** Messages whose `publish` resolved. */
  readonly acked: number;
  /** Of those, how many were not there in the end: not stored, or never handled. Must be 0. */
  readonly lost: number;
  /** How often a message came again: published again after a lost ack, or delivered again. Expected. */
  readonly redelivered: number;
  /** Messages stored twice, or handled to the end twice. Allowed where only effects are promised to happen once. */
  readonly duplicates: number;
  /** Messages whose effect was committed twice. Must be 0. */
  readonly doubleEffects: number;
  /** Messages of one key handled in the wrong order, or at once. Must be 0. */
  readonly orderInversions: number;
  /** How often the fault was done. */
  readonly faultsInjected: number;
  /** From healing to at least 95 % of the undisturbed rate, the worst of all; null where there is nothing to recover. */
  readonly recoveredMs: number | null;
}

/** All that a run found. */
export interface Outcome extends Counts {
  /** What else must be true for the run to be safe. */
  readonly safe: readonly Claim[];
  /** What shows that the fault happened and was felt. At least one. */
  readonly bite: readonly Claim[];
  /** Other figures worth knowing, by name with the unit last, such as `undisturbedPerSecond`. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** A fault as its file declares it: its settings are typed, and have a size chosen, when it runs. */
export interface FaultDeclaration<S extends Settings> extends Omit<Fault, 'run' | 'obstacle'> {
  readonly settings: Readonly<Record<Size, S>>;
  readonly obstacle?: () => string | undefined;
  run(stage: Stage, settings: S): Promise<Outcome>;
}

/** Makes a fault of its declaration. */
export function fault<const S extends Settings>(declaration: FaultDeclaration<S>): Fault {
  return {
    obstacle: () => undefined,
    ...declaration,
    run: (stage) => declaration.run(stage, declaration.settings[stage.size]),
  };
}
