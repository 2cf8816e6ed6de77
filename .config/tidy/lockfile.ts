/** The lockfile must serve every platform, not only the one it was written on. */
import type { Rule } from './source.ts';

interface Locked {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: object }>>;
}

export const lockedForAllPlatforms: Rule = {
  sentence: 'package-lock.json lists each optional package, or `npm ci` refuses it elsewhere',
  offenders: ({ files }) => {
    const text = files.get('package-lock.json');
    if (text === undefined) return ['package-lock.json is missing'];
    const { packages } = JSON.parse(text) as Locked;
    return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !listed(packages, place, name))
        .map((name) => `${place} wants ${name}`),
    );
  },
};

function listed(packages: Locked['packages'], place: string, name: string): boolean {
  return `${place}/node_modules/${name}` in packages || `node_modules/${name}` in packages;
}
