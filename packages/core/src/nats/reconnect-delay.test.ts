import { describe, expect, it } from 'vitest';
import { reconnectDelay } from './reconnect-delay.ts';

describe('reconnectDelay', () => {
  it('grows with the outage up to four seconds, and begins anew after a success', () => {
    let nowMs = 1_000;
    const delay = reconnectDelay(
      () => 0,
      () => nowMs,
    );
    const delays = [0, 10, 200, 1_000, 60_000].map((ms) => {
      nowMs = 1_000 + ms;
      return delay.next();
    });
    expect(delays).toEqual([50, 50, 200, 1_000, 4_000]);
    delay.reset();
    expect(delay.next()).toBe(50);
  });

  it('does not grow by being asked', () => {
    const delay = reconnectDelay(
      () => 0,
      () => 5,
    );
    for (let times = 0; times < 1_000; times++) delay.next();
    expect(delay.next()).toBe(50);
  });

  it('leaves out a random half', () => {
    const at = (dice: number) =>
      reconnectDelay(
        () => dice,
        () => 0,
      ).next();
    expect([at(0), at(0.5), at(1)]).toEqual([50, 38, 25]);
  });
});
