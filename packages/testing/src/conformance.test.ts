import { memory } from '@jetlane/core';
import { expect, it } from 'vitest';
import type { ConformanceHarness } from './harness.ts';
import { obstacle, perform, type Scenario } from './stage.ts';

function harness(closed: string[] = []): ConformanceHarness {
  return {
    name: 'memory',
    size: 'small',
    clients: 'one',
    restarts: false,
    async open() {
      const client = memory();
      return {
        client: async () => client,
        inject: async () => {},
        deadLetters: async () => client.deadLetters,
        async close() {
          await client.close();
          closed.push('closed');
        },
      };
    },
  };
}

it('says why a scenario cannot be played', () => {
  const scenario = (needs?: Scenario['needs']): Scenario => ({
    name: 'any',
    ...(needs === undefined ? {} : { needs }),
    play: async () => {},
  });
  expect(obstacle(harness(), scenario())).toBeUndefined();
  expect(obstacle(harness(), scenario('restarts'))).toContain('no server');
  expect(obstacle(harness(), scenario('several clients'))).toContain('one client');
});

it('closes the world of a scenario that fails, and passes its error on', async () => {
  const closed: string[] = [];
  const failing: Scenario = {
    name: 'fails',
    play: async () => {
      throw new Error('as it should');
    },
  };
  await expect(perform(harness(closed), 'small', failing)).rejects.toThrow('as it should');
  expect(closed).toEqual(['closed']);
});

it('gives a scenario the numbers of its size', async () => {
  const seen: number[] = [];
  const scenario: Scenario = {
    name: 'sizes',
    play: async ({ sizes }) => void seen.push(sizes(100, 1)),
  };
  await perform(harness(), 'small', scenario);
  await perform(harness(), 'full', scenario);
  expect(seen).toEqual([1, 100]);
});
