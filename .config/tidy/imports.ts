/** Who imports whom: downward only between packages, and never in a circle between files. */
import { posix } from 'node:path';
import { isTest, type Rule, type Source, type Tree } from './source.ts';

interface Layer {
  /** The name that others import it by. */
  readonly name: string;
  /** Homes of the packages that it may import. */
  readonly imports: readonly string[];
  /** And those that only its tests may. */
  readonly tests?: readonly string[];
}

/** The house, lowest first. A new package is entered here, with what stands below it. */
const layers: Readonly<Record<string, Layer>> = {
  'packages/contracts': { name: '@jetlane/contracts', imports: [] },
  'packages/devserver': { name: '@jetlane/devserver', imports: [] },
  'packages/core': {
    name: '@jetlane/core',
    imports: ['packages/contracts'],
    tests: ['packages/devserver'],
  },
  streams: {
    name: '@jetlane/streams',
    imports: ['packages/contracts'],
    tests: ['packages/core'],
  },
  'packages/testing': {
    name: '@jetlane/testing',
    imports: ['packages/contracts', 'packages/core', 'packages/devserver'],
  },
  'packages/studio': {
    name: '@jetlane/studio',
    imports: ['packages/contracts', 'packages/core'],
    tests: ['packages/devserver'],
  },
  'cmd/location': {
    name: '@jetlane/location',
    imports: [
      'packages/contracts',
      'packages/core',
      'packages/devserver',
      'packages/testing',
      'packages/studio',
      'streams',
      'cmd/jetlane',
    ],
  },
  'cmd/chaos': {
    name: '@jetlane/chaos',
    imports: [
      'packages/contracts',
      'packages/core',
      'packages/devserver',
      'packages/testing',
      'streams',
      'cmd/jetlane',
    ],
  },
  'cmd/bench': {
    name: '@jetlane/bench',
    imports: ['packages/contracts', 'packages/core', 'packages/devserver', 'packages/testing'],
  },
  'cmd/jetlane': {
    name: 'jetlane',
    imports: [
      'packages/contracts',
      'packages/core',
      'packages/devserver',
      'packages/testing',
      'packages/studio',
      'cmd/bench',
    ],
    tests: ['streams'],
  },
  'cmd/create-jetlane': {
    name: 'create-jetlane',
    imports: ['cmd/jetlane'],
  },
};

export const downwardImports: Rule = {
  sentence: 'packages import only what stands below them, by name and never by path',
  offenders: ({ sources }) =>
    sources.flatMap((source) =>
      importsOf(source).flatMap(({ target }) => {
        const problem = forbidden(source.path, target, isTest(source.path));
        return problem ? [`${source.path}: ${problem}`] : [];
      }),
    ),
};

export const downwardDependencies: Rule = {
  sentence: 'the dependencies in each package.json point downward too',
  offenders: ({ files }) =>
    [...files]
      .filter(([path]) => homeOf(path) !== undefined && path === `${homeOf(path)}/package.json`)
      .flatMap(([path, text]) => {
        const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Manifest;
        return [
          ...Object.keys(dependencies).map((name) => forbidden(path, name, false)),
          ...Object.keys(devDependencies).map((name) => forbidden(path, name, true)),
        ].flatMap((problem) => (problem ? [`${path}: ${problem}`] : []));
      }),
};

export const knownPackages: Rule = {
  sentence: 'every package stands in the table of layers',
  offenders: ({ files }) =>
    [...files.keys()]
      .filter((path) => /^(packages|cmd)\/[^/]+\/package\.json$/.test(path))
      .map((path) => posix.dirname(path))
      .filter((home) => !(home in layers))
      .map((home) => `${home}: enter it in .config/tidy/imports.ts`),
};

export const noCycles: Rule = {
  sentence: 'no program imports itself by way of others (types aside: they are gone at run time)',
  offenders: cycles,
};

interface Manifest {
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf({ module, text }: Source): Import[] {
  const imports = module.staticImports.map(({ moduleRequest, entries }) => ({
    target: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  const reexports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ target: moduleRequest.value, typeOnly: isType }] : [],
    ),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    return literal?.[2] ? [{ target: literal[2], typeOnly: false }] : [];
  });
  return [...imports, ...reexports, ...dynamic];
}

/** Why a file may not import a target, or nothing when it may. */
function forbidden(path: string, target: string, test: boolean): string | undefined {
  const home = homeOf(path);
  if (home === undefined) return undefined;
  if (target.startsWith('.')) {
    const place = posix.join(posix.dirname(path), target);
    // What the tests of several packages share, such as a browser, stands beside the other jobs.
    if (place.startsWith(`${home}/`) || (test && place.startsWith('.config/'))) return undefined;
    return `${target} leaves the package: import it by name`;
  }
  const other = Object.keys(layers).find((key) => isWithin(target, layers[key]?.name ?? ''));
  if (other === undefined) return undefined;
  const { imports = [], tests = [] } = layers[home] ?? {};
  const allowed = test ? [home, ...imports, ...tests] : imports;
  return allowed.includes(other) ? undefined : `${home} may not import ${other}`;
}

function homeOf(path: string): string | undefined {
  return Object.keys(layers).find((home) => path.startsWith(`${home}/`));
}

function isWithin(target: string, name: string): boolean {
  return target === name || target.startsWith(`${name}/`);
}

/** Each circle once, starting from its first file. Depth first; a file is finished only once. */
function cycles({ sources }: Tree): string[] {
  const graph = new Map(sources.map((source) => [source.path, runtimeTargets(source)]));
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push([...trail.slice(start), path].join(' → '));
    if (start !== -1 || finished.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

function runtimeTargets(source: Source): string[] {
  return importsOf(source)
    .filter(({ target, typeOnly }) => target.startsWith('.') && !typeOnly)
    .map(({ target }) => posix.join(posix.dirname(source.path), target));
}
