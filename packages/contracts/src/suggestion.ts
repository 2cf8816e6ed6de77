import { shorten } from './show.ts';

/**
 * A problem for each option that is not known, with the nearest known name: `retentoin is no option:
 * did you mean retention?`. `prefix` is put before names, as in `mirror.`.
 */
export function unknownOptions(options: object, known: readonly string[], prefix = ''): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = suggest(name, known);
      const hint =
        near === undefined ? `options are ${known.join(', ')}` : `did you mean ${prefix}${near}?`;
      return `${prefix}${shorten(name, WORD_MAX)} is no option: ${hint}`;
    });
}

/** The candidate nearest to what was typed, if one is near enough to be meant. */
export function suggest(typed: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = WORD_MAX;
  for (const candidate of candidates) {
    const distance = editDistance(typed.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(candidate.length > 3 ? 2 : 1, Math.floor(candidate.length / 3));
    if (distance > limit || distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Insertions, deletions and replacements between two short words. */
function editDistance(a: string, b: string): number {
  const from = a.slice(0, WORD_MAX);
  const to = b.slice(0, WORD_MAX);
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}

const WORD_MAX = 64;
