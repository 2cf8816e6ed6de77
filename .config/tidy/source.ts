/** The repository as the tidy rules see it: every file's text, and the syntax of each program. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Comment, type EcmaScriptModule, type Program, parseSync } from 'oxc-parser';

/** One program, parsed. Paths are relative to the root, with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly module: EcmaScriptModule;
  readonly comments: readonly Comment[];
}

/** All that a rule may look at. */
export interface Tree {
  /** Text by path, of every file that is not binary. */
  readonly files: ReadonlyMap<string, string>;
  readonly sources: readonly Source[];
}

/** A sentence that must be true of the whole repository, and a way to list what breaks it. */
export interface Rule {
  readonly sentence: string;
  /** One line for each offender: where, then what. Pure. */
  readonly offenders: (tree: Tree) => string[];
}

/** Builds a tree from texts by path; rules are tested on such trees. */
export function treeOf(texts: Readonly<Record<string, string>>): Tree {
  const files = new Map(Object.entries(texts));
  const programs = [...files].filter(([path]) => /\.(tsx?|mjs|js)$/.test(path));
  return { files, sources: programs.map(([path, text]) => parse(path, text)) };
}

/** Reads what git tracks, or would track: new files count before they are committed. */
export function repository(): Tree {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  const texts: Record<string, string> = {};
  for (const path of new Set(listed)) {
    const file = join(root, path);
    if (path === '' || !existsSync(file) || !statSync(file).isFile()) continue;
    const text = readFileSync(file, 'utf8');
    if (!text.includes('\0')) texts[path] = text;
  }
  return treeOf(texts);
}

/** The line, from 1, of an offset into a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return line;
}

/** Whether a program is a test, or lives beside tests. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/test/') || path.startsWith('.config/');
}

function parse(path: string, text: string): Source {
  const { program, module, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new Error(`${path} does not parse: ${error.message}`);
  return { path, text, program, module, comments };
}
