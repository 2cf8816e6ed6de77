/** The name of a new app: of its package and of its app(...). Pure. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** What is wrong with a name, in words; undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (NAME.test(name)) return undefined;
  const near = suggestName(name);
  const instead = near === undefined ? '' : `: take ${near}`;
  return `'${name}' is no name for an app: a-z, 0-9 and '-', beginning with a letter, 63 at most${instead}`;
}

/** The nearest name that is one; undefined when nothing is left of it. */
export function suggestName(text: string): string | undefined {
  const name = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63);
  return NAME.test(name) ? name : undefined;
}
