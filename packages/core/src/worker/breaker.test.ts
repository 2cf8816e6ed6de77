import { describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { Breaker, type BreakerState, type CallResult } from './breaker.ts';

function made(failures = 3) {
  const clock = new ManualClock();
  const changes: BreakerState[] = [];
  const breaker = new Breaker({ failures, openForMs: 10_000 }, clock, (state) =>
    changes.push(state),
  );
  const call = (...results: CallResult[]) => {
    for (const result of results) breaker.end(breaker.begin(), result);
  };
  return { breaker, changes, call, wait: (ms: number) => advance(clock, ms) };
}

describe('a breaker', () => {
  it('opens after so many failures in a row', () => {
    const { breaker, call } = made();
    call('failure', 'failure', 'success', 'failure', 'failure', 'neither');
    expect(breaker.state).toBe('closed');
    call('failure');
    expect([breaker.state, breaker.letsThrough]).toEqual(['open', false]);
  });

  it('lets one call through when its time is over, and closes when that succeeds', () => {
    const { breaker, call, wait, changes } = made(1);
    call('failure');
    wait(9_999);
    expect(breaker.letsThrough).toBe(false);
    wait(1);
    expect([breaker.state, breaker.letsThrough]).toEqual(['half-open', true]);
    const trial = breaker.begin();
    expect(breaker.letsThrough).toBe(false);
    breaker.end(trial, 'success');
    expect([breaker.state, breaker.letsThrough]).toEqual(['closed', true]);
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens again for as long when the trial fails', () => {
    const { breaker, call, wait } = made(1);
    call('failure');
    wait(10_000);
    call('failure');
    expect(breaker.state).toBe('open');
    wait(9_999);
    expect(breaker.state).toBe('open');
    wait(1);
    expect(breaker.state).toBe('half-open');
  });

  it('tries another call when the trial told nothing', () => {
    const { breaker, call, wait } = made(1);
    call('failure');
    wait(10_000);
    call('neither');
    expect([breaker.state, breaker.letsThrough]).toEqual(['half-open', true]);
  });

  it('does not ask calls that began before it changed', () => {
    const { breaker, call, wait } = made(1);
    const early = [breaker.begin(), breaker.begin(), breaker.begin()];
    call('failure');
    breaker.end(early[0] as number, 'success');
    expect(breaker.state).toBe('open');
    wait(10_000);
    breaker.end(early[1] as number, 'failure');
    expect(breaker.state).toBe('half-open');
    call('success');
    breaker.end(early[2] as number, 'failure');
    expect(breaker.state).toBe('closed');
  });
});
