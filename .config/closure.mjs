/** What a package needs at run time, found as Node finds it. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folders of all packages that a package needs, and of what these need: dependencies, optional ones where they are there,
 * and peers that are not optional. Each once, itself first, as Node sees them (links resolved).
 */
export function closure(folder) {
  const found = new Set();
  const visit = (place) => {
    const home = realpathSync(place);
    if (found.has(home)) return;
    found.add(home);
    for (const [name, optional] of wanted(home)) {
      const other = resolve(home, name);
      if (other) visit(other);
      else if (!optional) throw new Error(`${home} needs ${name}, which is not installed`);
    }
  };
  visit(folder);
  return [...found];
}

function wanted(home) {
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const names = (part) => Object.keys(part ?? {});
  const optional = new Set([
    ...names(optionalDependencies),
    ...names(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name].optional),
  ]);
  const unwanted = new Set(names(peerDependencies).filter((name) => optional.has(name)));
  return [...names(dependencies), ...names(optionalDependencies), ...names(peerDependencies)]
    .filter((name) => !unwanted.has(name))
    .map((name) => [name, optional.has(name)]);
}

function resolve(from, name) {
  for (let place = from; ; place = dirname(place)) {
    const candidate = join(place, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (place === dirname(place)) return undefined;
  }
}
