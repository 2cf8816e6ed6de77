/** What a module may export, and that what users see is explained. */
import { posix } from 'node:path';
import { type Program, Visitor } from 'oxc-parser';
import { lineAt, type Rule, type Source, type Tree } from './source.ts';

export const noEnums: Rule = {
  sentence: 'there is no enum: a union of strings needs no code',
  offenders: ({ sources }) =>
    sources.flatMap(({ path, text, program }) => {
      const found: string[] = [];
      new Visitor({
        TSEnumDeclaration: ({ start }) => void found.push(`${path}:${lineAt(text, start)}`),
      }).visit(program);
      return found;
    }),
};

export const namedExports: Rule = {
  sentence:
    'nothing is exported as default but an app(…), a tool’s configuration or theme, or a fixture',
  offenders: ({ sources }) =>
    sources.flatMap(({ path, text, program }) =>
      program.body
        .filter((node) => node.type === 'ExportDefaultDeclaration')
        .filter(() => !/\/(fixtures|\.vitepress\/theme)\//.test(path))
        .filter(({ declaration }) => !isInert(declaration))
        .map(({ start }) => `${path}:${lineAt(text, start)}`),
    ),
};

export const listedExports: Rule = {
  sentence: 'no module exports everything of another: `export *` hides what is public',
  offenders: ({ sources }) =>
    sources.flatMap(({ path, text, program }) =>
      program.body
        .filter((node) => node.type === 'ExportAllDeclaration')
        .map(({ start }) => `${path}:${lineAt(text, start)}`),
    ),
};

export const documentedExports: Rule = {
  sentence: 'everything that a package exports has a doc comment',
  offenders: (tree) =>
    tree.sources
      .filter(({ path }) => isEntry(path))
      .flatMap((entry) =>
        exportsOf(entry).flatMap(({ name, from, original }) => {
          const place = from ? posix.join(posix.dirname(entry.path), from) : entry.path;
          const problem = undocumented(tree, place, original);
          return problem ? [`${entry.path}: ${name} (${problem})`] : [];
        }),
      ),
};

interface Exported {
  readonly name: string;
  /** The relative module that declares it; absent when this one does. */
  readonly from?: string;
  readonly original: string;
}

type Statement = Program['body'][number];

/** `app(…)` and `defineConfig(…)` are read by tools that want a default export. */
function isInert(declaration: { readonly type: string; readonly callee?: unknown }): boolean {
  const callee = declaration.callee as { readonly name?: string } | undefined;
  return declaration.type === 'CallExpression' && /^(app|defineConfig)$/.test(callee?.name ?? '');
}

function isEntry(path: string): boolean {
  return (
    /^(packages|cmd)\/[^/]+\/src\/index\.ts$/.test(path) ||
    /^packages\/studio\/page\/kit\/(?!.*\.test\.)[^/]+\.ts$/.test(path) ||
    /^streams\/(?!.*\.test\.)[^/]+\.ts$/.test(path)
  );
}

/** Names that a module exports, other packages' aside. */
function exportsOf({ module }: Source): Exported[] {
  const imported = new Map(
    module.staticImports.flatMap(({ moduleRequest, entries }) =>
      entries.map(({ localName, importName }) => [
        localName.value,
        { from: moduleRequest.value, original: importName.name ?? localName.value },
      ]),
    ),
  );
  return module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ exportName, localName, importName, moduleRequest }): Exported[] => {
      const name = exportName.name;
      if (!name) return [];
      if (moduleRequest) {
        return [{ name, from: moduleRequest.value, original: importName.name ?? name }];
      }
      const origin = imported.get(localName.name ?? name);
      return [{ name, ...(origin ?? { original: localName.name ?? name }) }];
    })
    .filter(({ from }) => from === undefined || from.startsWith('.'));
}

/** What is wrong with the documentation of a name that a module declares or passes on. */
function undocumented(tree: Tree, place: string, name: string): string | undefined {
  const source = tree.sources.find(({ path }) => path === place);
  if (!source) return `${place} is not there`;
  const passedOn = exportsOf(source).find((one) => one.name === name && one.from !== undefined);
  if (passedOn?.from) {
    return undocumented(tree, posix.join(posix.dirname(place), passedOn.from), passedOn.original);
  }
  const statements = source.program.body.filter((statement) => declares(statement, name));
  if (statements.length === 0) return undefined;
  const explained = statements.some((statement) => hasDoc(source, statement));
  return explained ? undefined : `${place}:${lineAt(source.text, statements[0]?.start ?? 0)}`;
}

function declares(statement: Statement, name: string): boolean {
  const declaration =
    statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (!declaration) return false;
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.some(({ id }) => id.type === 'Identifier' && id.name === name);
  }
  if (!('id' in declaration)) return false;
  return declaration.id?.type === 'Identifier' && declaration.id.name === name;
}

/** A doc comment that ends right before the statement; line comments (lint) may stand between. */
function hasDoc({ text, comments }: Source, { start }: Statement): boolean {
  return comments.some(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= start &&
      /^(\s|\/\/.*\n)*$/.test(text.slice(end, start)),
  );
}
