import { expect, it } from 'vitest';
import { news } from './news.ts';

it('news gather, go out once to all, and greet who comes later', () => {
  const told: object[] = [];
  const pages = { tellAll: (message: object) => void told.push(message) };
  const known = news();
  known.tell(pages);
  expect(told).toEqual([]);
  known.flagged({ driverId: 'd-1', reason: 'teleport', impliedMps: 812.4, atMs: 5 });
  known.flagged({ driverId: 'd-1', reason: 'two-devices', impliedMps: 3, atMs: 6 });
  for (const multiplier of [1.1, 1.4]) known.surge('north', multiplier);
  known.surge('south', 1.2);
  known.tell(pages);
  known.tell(pages);
  const flags = { kind: 'flagged', drivers: [['d-1', 'teleport', 812, 5]] };
  const both = [
    ['north', 1.4],
    ['south', 1.2],
  ];
  expect(told).toEqual([flags, { kind: 'surge', cells: both }]);
  known.surge('south', 1);
  known.tell(pages);
  expect(told.at(-1)).toEqual({ kind: 'surge', cells: [['south', 1]] });
  expect(known.greeting()).toEqual([
    { ...flags, whole: true },
    { kind: 'surge', cells: [['north', 1.4]], whole: true },
  ]);
});
