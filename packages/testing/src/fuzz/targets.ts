import { jsonTarget, messageTarget, msgpackTarget } from './codec-targets.ts';
import { configTarget } from './config-target.ts';
import type { FuzzTarget } from './fuzz.ts';
import { headersTarget, lettersTarget, subjectsTarget } from './text-targets.ts';

/** Everything that reads what others wrote. */
export const targets: readonly FuzzTarget[] = [
  msgpackTarget,
  jsonTarget,
  messageTarget,
  headersTarget,
  subjectsTarget,
  lettersTarget,
  configTarget,
] as readonly unknown[] as readonly FuzzTarget[];

/** The target of this name. */
export function targetOf(name: string): FuzzTarget | undefined {
  return targets.find((target) => target.name === name);
}
