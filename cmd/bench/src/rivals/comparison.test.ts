import { expect, it } from 'vitest';
import { spread, standingOf } from './comparison.ts';
import type { Trial } from './trial.ts';

it('a spread is the median of the rounds, and what lay at the ends', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spread([null, 7, undefined, Number.NaN])).toEqual({ median: 7, min: 7, max: 7 });
  expect(spread([null])).toBeNull();
});

it('a ratio is that of one round, and their median, not the ratio of two medians', () => {
  const trials = [
    trial('jetlane', 1, { publish: 100 }),
    trial('other', 1, { publish: 50 }),
    trial('jetlane', 2, { publish: 30 }),
    trial('other', 2, { publish: 10 }),
    trial('jetlane', 3, { publish: 80 }),
    trial('other', 3, { publish: 80 }),
  ];
  const { publish } = standingOf('other', trials, 'jetlane');
  expect(publish?.perSecond).toEqual({ median: 50, min: 10, max: 80 });
  expect(publish?.ratio).toEqual({ median: 2, min: 1, max: 3 });
});

it('a rival that is faster shows as a ratio below one', () => {
  const trials = [trial('jetlane', 1, { publish: 40 }), trial('other', 1, { publish: 80 })];
  expect(standingOf('other', trials, 'jetlane').publish?.ratio?.median).toBe(0.5);
});

it('a rate that was not held in one of the rounds has no latency', () => {
  const trials = [
    trial('other', 1, { at1000: { p50Us: 300, arrived: 1 } }),
    trial('other', 2, { at1000: { p50Us: 100_000, arrived: 0.6 } }),
  ];
  const [latency] = standingOf('other', trials, 'jetlane').latency;
  expect(latency).toMatchObject({ held: false, arrived: 0.6, p50Us: null, p99Us: null });
});

it('a latency is compared with ours at the same rate in the same round', () => {
  const trials = [
    trial('jetlane', 1, { at1000: { p50Us: 200, arrived: 1 } }),
    trial('other', 1, { at1000: { p50Us: 300, arrived: 1 } }),
  ];
  const [latency] = standingOf('other', trials, 'jetlane').latency;
  expect(latency).toMatchObject({ held: true, ratio: { median: 1.5 } });
});

it('rounds that failed are counted, and say why once', () => {
  const trials = [trial('other', 1, {}, 'gone'), trial('other', 2, {}, 'gone')];
  expect(standingOf('other', trials, 'jetlane')).toMatchObject({
    rounds: 2,
    publish: null,
    work: null,
    failures: ['gone'],
  });
});

interface Figures {
  readonly publish?: number;
  readonly at1000?: { readonly p50Us: number; readonly arrived: number };
}

function trial(
  rival: string,
  round: number,
  figures: Figures,
  failure: string | null = null,
): Trial {
  const { publish, at1000 } = figures;
  return {
    rival,
    round,
    publish: publish === undefined ? null : { perSecond: publish, cpuUs: 1, serverCpuUs: null },
    work: null,
    latency: at1000 ? [{ perSecond: 1_000, p99Us: at1000.p50Us * 2, ...at1000 }] : [],
    failure,
  };
}
