import { expect, it } from 'vitest';
import { perSecondOf } from './nats-bench.ts';

it('the rate is read by its column’s name', () => {
  const csv = '#RunID,ClientID,MsgCount,MsgsPerSec,DurationSecs\nx,P0,400000,72436,2.76\n';
  expect(perSecondOf(csv)).toBe(72_436);
});

it('a file of a version that is not known is refused', () => {
  expect(() => perSecondOf('#RunID,Rate\nx,1\n')).toThrow('without MsgsPerSec');
});
