/**
 * The packages of this repository, as their package.json files tell.
 *
 * @typedef {{ home: string, name: string, manifest: Record<string, any> }} Workspace
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

/**
 * Every package, sorted by its place; `home` is that, from the root, with `/`.
 *
 * @returns {Workspace[]}
 */
export function workspaces(from = root) {
  const { workspaces: patterns } = read(from, '.');
  return patterns
    .flatMap((pattern) =>
      pattern.endsWith('/*') ? folders(from, pattern.slice(0, -2)) : [pattern],
    )
    .filter((home) => existsSync(join(from, home, 'package.json')))
    .map((home) => ({ home, manifest: read(from, home) }))
    .map(({ home, manifest }) => ({ home, name: manifest.name, manifest }))
    .sort((a, b) => (a.home < b.home ? -1 : 1));
}

/**
 * Those that go to the registry, each behind what it depends on.
 *
 * @returns {Workspace[]}
 */
export function published(all = workspaces()) {
  return inOrder(all).filter(({ manifest }) => manifest.private !== true);
}

/**
 * A package and what it needs of ours at run time, each behind what it depends on.
 *
 * @param {string} name
 * @returns {Workspace[]}
 */
export function needed(name, all = workspaces()) {
  const wanted = new Set();
  const want = (one) => {
    const found = all.find((workspace) => workspace.name === one);
    if (!found || wanted.has(found)) return;
    wanted.add(found);
    for (const other of Object.keys(found.manifest.dependencies ?? {})) want(other);
  };
  want(name);
  return inOrder(all).filter((workspace) => wanted.has(workspace));
}

function inOrder(all) {
  const [seen, ordered] = [new Set(), []];
  const visit = (workspace) => {
    if (seen.has(workspace)) return;
    seen.add(workspace);
    for (const other of all) {
      if (workspace.manifest.dependencies?.[other.name] !== undefined) visit(other);
    }
    ordered.push(workspace);
  };
  for (const workspace of all) visit(workspace);
  return ordered;
}

function folders(from, parent) {
  return readdirSync(join(from, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`);
}

function read(from, home) {
  return JSON.parse(readFileSync(join(from, home, 'package.json'), 'utf8'));
}
