/** Whoever gets a package gets its licence with it. */
import type { Rule } from './source.ts';

export const licensedPackages: Rule = {
  sentence: 'every package that is published has a copy of the LICENSE beside its package.json',
  offenders: ({ files }) =>
    [...files]
      .filter(([path]) => /^(packages|cmd)\/[^/]+\/package\.json$/.test(path))
      .filter(([, text]) => (JSON.parse(text) as { private?: boolean }).private !== true)
      .map(([path]) => path.replace(/package\.json$/, 'LICENSE'))
      .filter((path) => files.get(path) !== files.get('LICENSE'))
      .map((path) => (files.has(path) ? `${path} is another text` : `${path} is missing`)),
};
