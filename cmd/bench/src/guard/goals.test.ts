import { expect, it } from 'vitest';
import { median, playRounds, ratio, spread } from '../measure/contest.ts';
import { floorOf, GOALS, judge, type Measured, RATIOS } from './goals.ts';

const atGoal = Object.fromEntries(GOALS.map(({ name, goal }) => [name, goal])) as Measured;

it('every ratio of the JSON line has a goal, and a floor at 70 per cent of it', () => {
  expect(GOALS.map(({ name }) => name)).toEqual([...RATIOS, 'heapGrowth']);
  expect(floorOf({ goal: 5, better: 'higher' })).toBe(3.5);
  expect(floorOf({ goal: 0.1, better: 'lower' })).toBeCloseTo(0.1429, 4);
});

it('passes at the goals and at the floors', () => {
  expect(judge(atGoal).ok).toBe(true);
  const floors = Object.fromEntries(GOALS.map((goal) => [goal.name, floorOf(goal)])) as Measured;
  const { ok, judged } = judge(floors);
  expect(ok).toBe(true);
  expect(judged.every(({ verdict }) => verdict === 'above the floor')).toBe(true);
});

it.each(GOALS)('fails when $name is beyond its floor, or was not measured', (goal) => {
  const beyond = floorOf(goal) * (goal.better === 'higher' ? 0.999 : 1.001);
  expect(judge({ ...atGoal, [goal.name]: beyond }).ok).toBe(false);
  expect(judge({ ...atGoal, [goal.name]: null }).ok).toBe(false);
  expect(judge({ ...atGoal, [goal.name]: Number.NaN }).ok).toBe(false);
});

it('sides take turns, and a ratio is the median of those of single rounds', async () => {
  const turns: string[] = [];
  const next = { ours: [10, 20, 90], theirs: [10, 5, 30] };
  const play = (side: 'ours' | 'theirs') => async () => {
    turns.push(side);
    return { perSecond: next[side].shift() ?? 0 };
  };
  const seen: string[] = [];
  const rounds = await playRounds(
    3,
    { ours: play('ours'), theirs: play('theirs') },
    (round, side) => void seen.push(`${round} ${side}`),
  );
  expect(turns).toEqual(['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs']);
  expect(seen[2]).toBe('2 ours');
  // 1, 4 and 3: the quotient of the medians would be 2.
  expect(ratio(rounds, { ours: 'ours', theirs: 'theirs', figure: 'perSecond' })).toBe(3);
  expect(ratio(rounds, { ours: 'ours', theirs: 'nobody', figure: 'perSecond' })).toBeNull();
  expect(spread(rounds, 'ours', 'perSecond')).toEqual({ median: 20, min: 10, max: 90 });
  expect(spread(rounds, 'ours', 'other')).toBeNull();
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
