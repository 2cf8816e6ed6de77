import { describe, expect, it } from 'vitest';
import { reconnectDelay } from './reconnect-delay.ts';

describe('reconnectDelay', () => {
  it('doubles up to four seconds and begins anew after a success', () => {
    const delay = reconnectDelay(() => 1);
    expect(Array.from({ length: 9 }, delay.next)).toEqual([
      50, 100, 200, 400, 800, 1_600, 3_200, 4_000, 4_000,
    ]);
    delay.reset();
    expect(delay.next()).toBe(50);
  });

  it('spreads the tries of a fleet over the whole delay', () => {
    expect(reconnectDelay(() => 0.5).next()).toBe(25);
    expect(reconnectDelay(() => 0).next()).toBe(0);
  });

  it('stays at its ceiling for ever', () => {
    const delay = reconnectDelay(() => 1);
    for (let tries = 0; tries < 5_000; tries++) delay.next();
    expect(delay.next()).toBe(4_000);
  });
});
