/** Words that must not stand in the repository. Patterns are built so that they do not find themselves. */
import type { Rule } from './source.ts';

export const nothingLeftToDo: Rule = grep(
  `nothing says TO${'DO'} or FIX${'ME'}: finish it, or leave it out`,
  new RegExp(`\\b(TO${''}DO|FIX${''}ME)\\b`),
  (path) => path !== 'package-lock.json',
);

export const noMachinePaths: Rule = grep(
  'no path of somebody’s machine is written down',
  new RegExp(
    `(^|[\\s'"\`(=])(/(home|Users)/(?!u(ser)?/)|/(root|work)/|[A-Z]:\\\\(Users|work)|\\.\\./sha${''}red)`,
  ),
);

export const noRegistryHosts: Rule = grep(
  'package-lock.json names no registry',
  /"resolved": "[a-z+]+:/,
  (path) => path === 'package-lock.json',
);

export const reasonedSuppressions: Rule = grep(
  'every suppression of a lint rule gives its reason, and nothing is hidden from the type checker',
  new RegExp(`biome-ig${''}nore(?!.*: *[A-Za-z\`].{7})|@ts-(ig${''}nore|nocheck)`),
  (path) => /\.(tsx?|mjs|js)$/.test(path),
);

export const reasonedSkips: Rule = {
  sentence: 'no test is focused, and a skipped one says why: `// skipped: …` on the line above',
  offenders: ({ files }) =>
    [...files]
      .filter(([path]) => path.endsWith('.test.ts') || path.includes('/test/'))
      .flatMap(([path, text]) => {
        const lines = text.split('\n');
        const focused = /\b(it|test|describe|suite)(\.\w+)*\.only\b/;
        const skipped = /\b(it|test|describe|suite)(\.\w+)*\.(skip|todo|fails)\b/;
        return lines.flatMap((line, index) => {
          const reasoned = /\/\/ skipped: \S/.test(lines[index - 1] ?? '');
          const wrong = focused.test(line) || (skipped.test(line) && !reasoned);
          return wrong ? [`${path}:${index + 1}: ${line.trim()}`] : [];
        });
      }),
};

function grep(
  sentence: string,
  pattern: RegExp,
  where: (path: string) => boolean = () => true,
): Rule {
  return {
    sentence,
    offenders: ({ files }) =>
      [...files]
        .filter(([path]) => where(path))
        .flatMap(([path, text]) =>
          text
            .split('\n')
            .flatMap((line, index) =>
              pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [],
            ),
        ),
  };
}
