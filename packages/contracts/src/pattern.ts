/**
 * Patterns are subjects with wildcards: `*` stands for one token, a final `>` for one or more.
 * Everything here is pure and works on text.
 */

/** Whether a concrete subject is one that `pattern` stands for. */
export function subjectMatches(pattern: string, subject: string): boolean {
  return patternCovers(pattern, subject);
}

/** Whether every subject of `inner` is also one of `outer`. */
export function patternCovers(outer: string, inner: string): boolean {
  const outerTokens = outer.split('.');
  const innerTokens = inner.split('.');
  for (let i = 0; i < outerTokens.length; i++) {
    const token = outerTokens[i];
    const other = innerTokens[i];
    if (other === undefined) return false;
    if (token === '>') return true;
    if (other === '>') return false;
    if (token !== '*' && token !== other) return false;
  }
  return outerTokens.length === innerTokens.length;
}

/** Whether some subject belongs to both patterns. */
export function patternsOverlap(a: string, b: string): boolean {
  const aTokens = a.split('.');
  const bTokens = b.split('.');
  const shared = Math.min(aTokens.length, bTokens.length);
  for (let i = 0; i < shared; i++) {
    const left = aTokens[i];
    const right = bTokens[i];
    if (left === '>' || right === '>') return true;
    if (left !== '*' && right !== '*' && left !== right) return false;
  }
  return aTokens.length === bTokens.length;
}

/** Everything wrong with a pattern, in words; empty if it is valid. */
export function patternProblems(pattern: string): string[] {
  if (typeof pattern !== 'string') return [`a subject must be text, not ${typeof pattern}`];
  const where = `subject "${pattern.slice(0, SUBJECT_LENGTH_MAX)}"`;
  if (pattern === '') return ['a subject must not be empty'];
  const problems: string[] = [];
  const tokens = pattern.split('.');
  if (pattern.length >= SUBJECT_LENGTH_MAX) {
    problems.push(`${where} must be under ${SUBJECT_LENGTH_MAX} characters, not ${pattern.length}`);
  }
  if (tokens.length > SUBJECT_TOKENS_MAX) {
    problems.push(`${where} must have at most ${SUBJECT_TOKENS_MAX} tokens, not ${tokens.length}`);
  }
  if (tokens.includes('')) problems.push(`${where} has an empty token: two dots, or one at an end`);
  if (tokens.indexOf('>') !== -1 && tokens.indexOf('>') !== tokens.length - 1) {
    problems.push(`${where} may have ">" only as its last token`);
  }
  for (const token of tokens) {
    if (token === '' || token === '*' || token === '>' || !NOT_IN_TOKEN.test(token)) continue;
    problems.push(
      `${where}: token "${token}" must be "*", a final ">", or text without "*", ">", white space or control characters`,
    );
  }
  return problems;
}

/** Subjects are shorter than this, in characters. */
export const SUBJECT_LENGTH_MAX = 256;

/** Subjects have at most this many tokens. */
export const SUBJECT_TOKENS_MAX = 16;

/** What no single token may contain: separators, wildcards, white space, controls, half characters. */
export const NOT_IN_TOKEN = /[.*>\s\p{Cc}\p{Cs}]/u;
