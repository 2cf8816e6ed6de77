/** Whether a run was safe, and whether its fault bit. Pure. */
import type { Outcome } from './fault.ts';

/** What a run comes to. */
export interface Verdict {
  /** Safe, and the fault bit. */
  readonly ok: boolean;
  /** Why not, a sentence each. */
  readonly problems: readonly string[];
}

/** Judges a run. Times and rates are reported, never judged: they belong to the machine. */
export function verdict(outcome: Outcome): Verdict {
  const problems = [...unsafe(outcome), ...toothless(outcome)];
  return { ok: problems.length === 0, problems };
}

function unsafe({ lost, doubleEffects, orderInversions, safe }: Outcome): string[] {
  const zeros = { 'acknowledged and lost': lost, 'double effects': doubleEffects };
  return [
    ...Object.entries({ ...zeros, 'order inversions': orderInversions })
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `not safe: ${count} ${what}, expected 0`),
    ...safe
      .filter(({ holds }) => !holds)
      .map(({ says, found }) => `not safe: it does not hold that ${says} (${found})`),
  ];
}

function toothless({ faultsInjected, bite }: Outcome): string[] {
  if (faultsInjected === 0) return ['the fault did not bite: it was never injected'];
  if (bite.length === 0)
    return ['the fault did not bite: nothing was looked at that could show it'];
  return bite
    .filter(({ holds }) => !holds)
    .map(({ says, found }) => `the fault did not bite: it does not hold that ${says} (${found})`);
}
