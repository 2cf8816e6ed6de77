/** What a seed stands for where the worker is partitioned: processes that come, go, freeze and are cut off. Pure. */
import { Dice } from './dice.ts';
import type { Fault, Nature, PlannedMessage, SimulationPlan } from './plan.ts';

/** When the last messages are sent, one of each key, so that every partition must have found an owner again. */
const LAST_MS = 4_000;

/** The plan of a seed. */
export function partitionPlanOf(seed: number): SimulationPlan {
  const dice = new Dice(seed).of('partitions');
  const healedMs = dice.between(5_000, 12_000);
  const ackWaitMs = dice.pick([1_000, 2_000, 5_000]);
  const processes = dice.between(1, 3);
  const lossy = dice.chance(0.5);
  const loss = (...from: readonly number[]) => (lossy ? dice.pick(from) : 0);
  return {
    seed,
    processes,
    partitions: dice.between(2, 3),
    ordered: true,
    onFailure: 'hold',
    batch: 0,
    concurrency: dice.between(1, 4),
    maxAckPending: dice.pick([4, 8, 20, 100]),
    attempts: dice.between(1, 3),
    ackWaitMs,
    timeoutMs: dice.pick([500, 3_000]),
    deadLetters: true,
    messages: messagesOf(dice.of('messages'), healedMs),
    losses: {
      settlements: loss(0, 0.02, 0.1),
      pubAcks: loss(0, 0.1),
      stores: loss(0, 0.1),
      announcements: loss(0, 0.1, 0.4),
    },
    faults: faultsOf(dice.of('faults'), healedMs),
    healedMs,
  };
}

const KINDS: readonly Fault['kind'][] = [
  'cut',
  'cut',
  'cut',
  'kill',
  'kill',
  'block',
  'block',
  'join',
  'join',
  'leave',
  'leave',
  'drain',
  'slow',
  'deafen',
  'restart-server',
  'move-consumer',
];

function messagesOf(dice: Dice, healedMs: number): PlannedMessage[] {
  const keys = dice.between(2, 5);
  const natures: readonly Nature[] = dice.chance(0.5)
    ? ['good', 'good', 'good', 'slow']
    : ['good', 'good', 'good', 'good', 'shaky', 'slow', 'slow', 'poison'];
  const sent = Array.from({ length: dice.between(8, 30) }, () => ({
    key: dice.between(1, keys),
    atMs: dice.between(0, Math.round(healedMs * 0.9)),
    nature: dice.pick(natures),
  })).sort((a, b) => a.atMs - b.atMs);
  const last = Array.from({ length: keys }, (_, index) => ({
    key: index + 1,
    atMs: healedMs + LAST_MS,
    nature: 'good' as const,
  }));
  return [...sent, ...last].map(({ key, ...rest }, n) => ({
    id: `m${n}`,
    n,
    key: `k${key}`,
    results: dice.pick([0, 0, 0, 1]),
    ...rest,
  }));
}

function faultsOf(dice: Dice, untilMs: number): Fault[] {
  const faults = Array.from({ length: dice.between(0, 7) }, () => ({
    kind: dice.pick(KINDS),
    atMs: dice.between(0, untilMs),
    forMs: dice.pick([20, 300, 1_500, 3_200, 5_500, 9_000]),
    process: dice.between(0, 9),
  }));
  return faults.sort((a, b) => a.atMs - b.atMs);
}
