import type { ManualClock } from '../src/memory/manual-clock.ts';

/** Moves a manual clock by `byMs`, running what falls due on the way. For unit tests of what only needs a clock. */
export function advance(clock: ManualClock, byMs: number): void {
  const untilMs = clock.now() + byMs;
  while (clock.step(untilMs));
}
