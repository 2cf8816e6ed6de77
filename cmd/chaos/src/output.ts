/** A result in words, and as the one line that programs read. Pure. */
import type { Counts } from './fault.ts';
import type { Result } from './trial.ts';

const COUNTS = [
  'acked',
  'lost',
  'redelivered',
  'duplicates',
  'doubleEffects',
  'orderInversions',
  'faultsInjected',
  'recoveredMs',
] as const satisfies readonly (keyof Counts)[];

/** One JSON object on one line. The counts are null when the run did not come to its end. */
export function toJsonLine({ name, seed, size, nodes, outcome, ok }: Result): string {
  const counts = COUNTS.map((count) => [count, outcome?.[count] ?? null]);
  return JSON.stringify({ name, seed, size, nodes, ...Object.fromEntries(counts), ok });
}

/** The same and more for people: a line for each fact. */
export function toWords({ name, seed, size, nodes, outcome, ...result }: Result): string[] {
  const servers = nodes === 1 ? 'one server' : `${nodes} servers`;
  const seconds = (result.durationMs / 1_000).toFixed(1);
  const head = `${name}: ${result.ok ? 'ok' : 'NOT OK'} (${size}, ${servers}, seed ${seed}, ${seconds} s)`;
  const problems = result.problems.map((problem) => `  ${problem}`);
  if (outcome === undefined) return [head, ...problems];
  const counts = COUNTS.map((count) => `${words(count)} ${outcome[count] ?? 'none'}`).join(', ');
  const claims = [...outcome.safe, ...outcome.bite].map(
    ({ says, holds, found }) => `  ${holds ? 'yes' : 'NO'}: ${says} (${found})`,
  );
  const figures = Object.entries(outcome.figures).map(
    ([figure, value]) => `  ${words(figure)}: ${value}`,
  );
  return [head, ...problems, `  ${counts}`, ...claims, ...figures];
}

/** `recoveredMs` → `recovered ms`. */
export function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
