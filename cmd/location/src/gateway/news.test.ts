import { expect, it } from 'vitest';
import { news } from './news.ts';

it('news gather, go out once to all, and greet who comes later', () => {
  const told: object[] = [];
  const pages = { tellAll: (message: object) => void told.push(message) };
  const known = news();
  known.tell(pages);
  expect(told).toEqual([]);
  known.flagged('d-1');
  known.flagged('d-1');
  for (const multiplier of [1.1, 1.4]) known.surge('north', multiplier);
  known.tell(pages);
  known.tell(pages);
  const all = [
    { kind: 'flagged', driverIds: ['d-1'] },
    { kind: 'surge', cells: [['north', 1.4]] },
  ];
  expect(told).toEqual(all);
  expect(known.greeting()).toEqual(all);
});
