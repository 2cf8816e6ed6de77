/** What a seed stands for: how the workers are set up, what is sent, and what goes wrong when. Pure. */
import { Dice } from './dice.ts';
import type { Losses } from './fake-server.ts';

/** Something that goes wrong. */
export interface Fault {
  readonly kind:
    | 'cut' // the line of a process breaks
    | 'kill' // a process dies with all that it holds, and another takes its place
    | 'drain' // a process stops as it should, and another takes its place
    | 'block' // nothing happens in a process for a while
    | 'slow' // the line of a process is slow for a while
    | 'restart-server' // the server dies and is back: every line breaks
    | 'move-consumer' // another server leads the consumer; what was on its way may be lost
    | 'refuse-stores' // nothing is stored for a while
    | 'join' // one more process
    | 'leave' // a process stops as it should, and none takes its place
    | 'deafen'; // members of a partitioned worker do not hear a process, nor it them
  readonly atMs: number;
  readonly forMs: number;
  /** Which process, where it concerns one. */
  readonly process: number;
}

/** What a message does to whoever handles it. */
export type Nature = 'good' | 'shaky' | 'rejected' | 'poison' | 'killer' | 'slow';

/** One message of a run. */
export interface PlannedMessage {
  readonly id: string;
  readonly n: number;
  readonly key: string;
  readonly atMs: number;
  readonly nature: Nature;
  /** How many messages its handler returns. */
  readonly results: number;
}

/** See the head of this file. */
export interface SimulationPlan {
  readonly seed: number;
  readonly processes: number;
  /** Among which its processes share the keys; 0 where the worker is not partitioned. */
  readonly partitions: number;
  readonly ordered: boolean;
  readonly onFailure: 'hold' | 'skip';
  /** Messages of a batch; 0 where they are handled one by one. */
  readonly batch: number;
  readonly concurrency: number;
  readonly maxAckPending: number;
  readonly attempts: number;
  readonly ackWaitMs: number;
  readonly timeoutMs: number;
  readonly deadLetters: boolean;
  readonly messages: readonly PlannedMessage[];
  readonly losses: Losses;
  readonly faults: readonly Fault[];
  /** From then on nothing goes wrong any more. */
  readonly healedMs: number;
}

/** The plan of a seed. */
export function planOf(seed: number): SimulationPlan {
  const dice = new Dice(seed).of('plan');
  const ordered = dice.chance(0.7);
  const healedMs = dice.between(5_000, 20_000);
  const ackWaitMs = dice.pick([1_000, 2_000, 5_000]);
  const processes = dice.chance(0.6) ? 1 : dice.between(2, 3);
  const calm = dice.chance(0.2);
  const lossy = !calm && dice.chance(0.5);
  const loss = () => (lossy ? dice.pick([0, 0.02, 0.1, 0.3]) : 0);
  return {
    seed,
    processes,
    partitions: 0,
    ordered,
    onFailure: dice.chance(0.75) ? 'hold' : 'skip',
    batch: !ordered && dice.chance(0.25) ? dice.between(2, 4) : 0,
    concurrency: dice.between(1, 4),
    maxAckPending: dice.pick([4, 8, 20, 100]),
    attempts: dice.between(1, 4),
    ackWaitMs,
    timeoutMs: dice.pick([500, 3_000]),
    deadLetters: dice.chance(0.9),
    messages: messagesOf(dice.of('messages'), healedMs),
    losses: { settlements: loss(), pubAcks: loss(), stores: loss(), announcements: 0 },
    faults: calm ? [] : faultsOf(dice.of('faults'), processes, healedMs, ackWaitMs),
    healedMs,
  };
}

const KINDS: readonly Fault['kind'][] = [
  'cut',
  'cut',
  'cut',
  'kill',
  'drain',
  'block',
  'slow',
  'restart-server',
  'move-consumer',
  'refuse-stores',
];

function messagesOf(dice: Dice, healedMs: number): PlannedMessage[] {
  const count = dice.between(3, 24);
  const keys = dice.between(1, 4);
  const atOnce = dice.chance(0.4);
  const natures: readonly Nature[] = dice.chance(0.5)
    ? ['good']
    : ['good', 'good', 'good', 'good', 'shaky', 'shaky', 'rejected', 'poison', 'killer', 'slow'];
  const times = Array.from({ length: count }, () =>
    atOnce ? 0 : dice.between(0, Math.round(healedMs * 0.9)),
  ).sort((a, b) => a - b);
  return times.map((atMs, n) => ({
    id: `m${n}`,
    n,
    key: `k${dice.between(1, keys)}`,
    atMs,
    nature: dice.pick(natures),
    results: dice.pick([0, 0, 1, 2]),
  }));
}

function faultsOf(dice: Dice, processes: number, untilMs: number, ackWaitMs: number): Fault[] {
  const count = dice.between(0, 6);
  const faults = Array.from({ length: count }, () => ({
    kind: dice.pick(KINDS),
    atMs: dice.between(0, untilMs),
    forMs: dice.pick([0, 20, 300, ackWaitMs / 2, ackWaitMs * 1.5, ackWaitMs * 3]),
    process: dice.between(0, processes - 1),
  }));
  return faults.sort((a, b) => a.atMs - b.atMs);
}
