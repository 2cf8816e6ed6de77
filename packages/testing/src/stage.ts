import type { Client, Runnable } from '@jetlane/core';
import type { ConformanceHarness, World, WorldDeadLetter } from './harness.ts';
import { until } from './until.ts';

/** What one scenario may use. */
export interface Stage {
  readonly world: World;
  /** Whether the world gives several clients. */
  readonly hasMany: boolean;
  /** The numbers of this run. */
  sizes<Sizes>(full: Sizes, small: Sizes): Sizes;
  /** A client that has started these parts. */
  start(...parts: readonly Runnable[]): Promise<Client>;
  /** `count` clients that have started these parts; one where the world has only one. */
  startMany(count: number, ...parts: readonly Runnable[]): Promise<Client[]>;
  /** The dead letters of one durable, once there are `count` of them, or as they are. */
  buried(durable: string, count?: number): Promise<WorldDeadLetter[]>;
}

/** A scenario of the suite. */
export interface Scenario {
  /** Reads as a sentence. */
  readonly name: string;
  /** What the implementation must be able to do for it. */
  readonly needs?: 'several clients' | 'restarts';
  play(stage: Stage): Promise<void>;
}

/** How long scenarios wait for what must happen. */
export const DEADLINE_MS = 20_000;

/** Puts a scenario on, in a world of its own. */
export async function perform(
  harness: ConformanceHarness,
  size: 'small' | 'full',
  scenario: Scenario,
): Promise<void> {
  const world = await harness.open();
  const start = async (...parts: readonly Runnable[]) => {
    const client = await world.client();
    await client.start(...parts);
    return client;
  };
  try {
    await scenario.play({
      world,
      hasMany: harness.clients === 'many',
      sizes: (full, small) => (size === 'full' ? full : small),
      start,
      startMany: (count, ...parts) =>
        Promise.all(Array.from({ length: count }, () => start(...parts))),
      buried: (durable, count) => buried(world, durable, count),
    });
  } finally {
    await world.close();
  }
}

/** Why a scenario cannot be played with this implementation; undefined if it can. */
export function obstacle(harness: ConformanceHarness, scenario: Scenario): string | undefined {
  if (scenario.needs === 'several clients' && harness.clients === 'one')
    return `${harness.name} has one client only, so there is none to take over`;
  if (scenario.needs === 'restarts' && !harness.restarts)
    return `${harness.name} has no server that could crash`;
  return undefined;
}

async function buried(world: World, durable: string, count = 0): Promise<WorldDeadLetter[]> {
  let found: WorldDeadLetter[] = [];
  await until(
    async () => {
      const all = await world.deadLetters();
      found = all.filter(({ headers }) => headers['jl-durable'] === durable);
      return found.length >= count;
    },
    DEADLINE_MS,
    () => `${count} dead letters of ${durable}, not ${found.length}`,
  );
  return found;
}
