/** What goes wrong in the payment service. Pure: the same for both styles. */

/** By name, as it is printed. */
export type TroubleName = 'healthy' | 'flaky' | 'slow' | 'outage';

/** All of them, in the order of the table. */
export const TROUBLES: readonly TroubleName[] = ['healthy', 'flaky', 'slow', 'outage'];

/** What each is, in words. */
export const TROUBLE_WORDS: Readonly<Record<TroubleName, string>> = {
  healthy: 'nothing goes wrong',
  flaky: 'every tenth payment attempt fails',
  slow: 'payment takes 40 times as long in the middle third',
  outage: 'payment fails at once in the middle third',
};

/** What one attempt meets. */
export interface Attempt {
  readonly takesMs: number;
  readonly fails: boolean;
}

/** When nothing is wrong. */
const USUAL_MS = 5;
const SLOW_FACTOR = 40;

/** Attempt number `attempt` (from 1) of order `n`, at `share` of the run (0 its start, 1 its end). */
export function attemptOf(
  trouble: TroubleName,
  n: number,
  attempt: number,
  share: number,
): Attempt {
  const middle = share >= 1 / 3 && share < 2 / 3;
  switch (trouble) {
    case 'healthy':
      return { takesMs: USUAL_MS, fails: false };
    case 'flaky':
      return { takesMs: USUAL_MS, fails: scattered(n * 31 + attempt) % 10 === 0 };
    case 'slow':
      return { takesMs: middle ? USUAL_MS * SLOW_FACTOR : USUAL_MS, fails: false };
    case 'outage':
      return { takesMs: middle ? 0 : USUAL_MS, fails: middle };
  }
}

/** Numbers close together become numbers far apart. */
function scattered(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 12)) >>> 0;
}
