import { describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.ts';
import type { Clock } from '../clock.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { deadlines } from './deadlines.ts';

function recorded() {
  const clock = new ManualClock();
  const late: string[] = [];
  return { clock, late, watch: deadlines<string>(1_000, clock, (run) => late.push(run)) };
}

describe('deadlines', () => {
  it('call each run that takes too long, once, in time', () => {
    const { clock, late, watch } = recorded();
    watch.begin('a');
    advance(clock, 600);
    watch.begin('b');
    advance(clock, 400);
    expect(late).toEqual(['a']);
    advance(clock, 600);
    expect(late).toEqual(['a', 'b']);
    advance(clock, 10_000);
    expect(late).toEqual(['a', 'b']);
  });

  it('forget a run that ended', () => {
    const { clock, late, watch } = recorded();
    watch.begin('a');
    watch.begin('b');
    watch.end('a');
    advance(clock, 2_000);
    expect(late).toEqual(['b']);
  });

  it('watch again after all had ended', () => {
    const { clock, late, watch } = recorded();
    watch.begin('a');
    watch.end('a');
    advance(clock, 5_000);
    watch.begin('b');
    advance(clock, 1_000);
    expect(late).toEqual(['b']);
  });

  it('do not come sooner when the machine is given another time', () => {
    const clock = new ManualClock();
    let aheadMs = 0;
    const set: Clock = {
      now: () => clock.now() + aheadMs,
      monotonic: () => clock.monotonic(),
      after: (delayMs, task) => clock.after(delayMs, task),
    };
    const late: string[] = [];
    const watch = deadlines<string>(1_000, set, (run) => late.push(run));
    watch.begin('a');
    watch.end('a');
    advance(clock, 900);
    watch.begin('b');
    aheadMs = 3_600_000;
    advance(clock, 900);
    expect(late).toEqual([]);
    advance(clock, 100);
    expect(late).toEqual(['b']);
  });
});
