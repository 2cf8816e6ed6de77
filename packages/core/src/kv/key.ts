import { JetlaneError, patternProblems } from '@jetlane/contracts';
import { OWN_KEY } from '../bucket.ts';

/** Throws `SUBJECT_INVALID` unless this can be the key of a value: subject tokens joined by dots. */
export function assertKey(key: string): void {
  const [problem] = keyProblems(key, 'key');
  if (problem !== undefined) throw new JetlaneError('SUBJECT_INVALID', problem);
  if (key.split('.').some((token) => token === '*' || token === '>'))
    throw new JetlaneError('SUBJECT_INVALID', `key "${key}" must not have wildcards`);
}

/** Throws `SUBJECT_INVALID` unless this can stand for keys: as a key, or with `*` and a final `>`. */
export function assertPattern(pattern: string): void {
  const [problem] = keyProblems(pattern, 'pattern of keys');
  if (problem !== undefined) throw new JetlaneError('SUBJECT_INVALID', problem);
}

/** The bucket's own prefix counts, too. */
const KEY_LENGTH_MAX = 200;

function keyProblems(key: unknown, what: string): string[] {
  if (typeof key !== 'string') return [`a ${what} must be text, not ${typeof key}`];
  const shown = JSON.stringify(key.slice(0, 64));
  if (key.length > KEY_LENGTH_MAX)
    return [`${what} ${shown} must be at most ${KEY_LENGTH_MAX} characters, not ${key.length}`];
  if (key.startsWith(OWN_KEY))
    return [`${what} ${shown} must not begin with "${OWN_KEY}": those are Jetlane's own`];
  return patternProblems(key).map((problem) => problem.replace(/^(a )?subject/, what));
}
