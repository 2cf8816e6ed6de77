/** What files and folders are called, and what every package has. */
import type { Rule } from './source.ts';

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const nameless = new Set(['utils', 'util', 'common', 'helpers', 'helper', 'types', 'misc']);

export const kebabNames: Rule = {
  sentence: 'programs and their folders have kebab-case names',
  offenders: ({ sources }) =>
    sources
      .map(({ path }) => path)
      .filter((path) => !segments(path).every((name) => kebab.test(name))),
};

export const namedForWhatTheyHold: Rule = {
  sentence: 'no file or folder is called utils, common, helpers, types or the like',
  offenders: ({ files }) =>
    [...files.keys()].filter((path) => segments(path).some((name) => nameless.has(name))),
};

export const wholePackages: Rule = {
  sentence: 'every package and program has a README.md and an src/index.ts (or src/main.ts)',
  offenders: ({ files }) =>
    [...files.keys()]
      .filter((path) =>
        /^(packages|cmd)\/[^/]+\/package\.json$|^streams\/package\.json$/.test(path),
      )
      .map((path) => path.slice(0, path.lastIndexOf('/')))
      .flatMap((home) => {
        const entries = ['src/index.ts', ...(home.startsWith('cmd/') ? ['src/main.ts'] : [])];
        const entered = home === 'streams' || entries.some((file) => files.has(`${home}/${file}`));
        return [
          ...(files.has(`${home}/README.md`) ? [] : [`${home}: no README.md`]),
          ...(entered ? [] : [`${home}: no ${entries.join(' or ')}`]),
        ];
      }),
};

/** Names along a path: extensions go (`x.test.ts` is `x` and `test`), and so do leading dots. */
function segments(path: string): string[] {
  const folders = path.split('/');
  const file = folders.pop() ?? '';
  const parts = file.replace(/^\./, '').split('.');
  const stem = parts.length > 1 ? parts.slice(0, -1) : parts;
  return [...folders.map((folder) => folder.replace(/^\./, '')), ...stem];
}
