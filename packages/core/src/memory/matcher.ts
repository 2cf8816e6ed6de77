/** Compiles patterns once, for many subjects: `*` stands for one token, a final `>` for one or more. */
export function toMatcher(patterns: readonly string[]): (subject: string) => boolean {
  const literals = new Set(patterns.filter((pattern) => !WILDCARD.test(pattern)));
  const wild = patterns.filter((pattern) => WILDCARD.test(pattern)).map(toSource);
  if (wild.length === 0) return (subject) => literals.has(subject);
  const expression = new RegExp(`^(?:${wild.join('|')})$`, 's');
  return (subject) => literals.has(subject) || expression.test(subject);
}

const WILDCARD = /(?:^|\.)[*>](?:\.|$)/;

function toSource(pattern: string): string {
  const tokens = pattern.split('.').map((token) => {
    if (token === '*') return '[^.]+';
    return token === '>' ? '.+' : token.replace(/[\\^$+?()[\]{}|/-]/g, '\\$&');
  });
  return tokens.join('\\.');
}
