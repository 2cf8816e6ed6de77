/** One module of the code, parsed: what it exports, and the doc comment before anything in it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Comment, type Program, parseSync } from 'oxc-parser';
import { type Doc, toDoc } from './doc.ts';

/** A top-level statement. */
export type Statement = Program['body'][number];
/** What an `export` declares. */
export type Declaration = NonNullable<
  Extract<Statement, { readonly type: 'ExportNamedDeclaration' }>['declaration']
>;

/** A name that a module exports, and where it is declared. */
export interface Exported {
  readonly name: string;
  /** What it is called where it is declared. */
  readonly original: string;
  /** The specifier of the module that it is passed on from; undefined where this one declares it. */
  readonly from: string | undefined;
}

/** A parsed module. */
export interface Module {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly exported: readonly Exported[];
}

const modules = new Map<string, Module>();

/** Reads and parses a TypeScript module, once. */
export function readModule(path: string): Module {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, 'utf8');
  const { program, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  const read = { path, text, program, comments, exported: program.body.flatMap(exportedBy) };
  modules.set(path, read);
  return read;
}

/** The declarations of an exported name, wherever they stand; several where it is overloaded. */
export function declarationsOf(
  module: Module,
  name: string,
): { readonly module: Module; readonly statements: readonly Statement[] } {
  const passedOn = module.exported.find((one) => one.name === name && one.from !== undefined);
  if (passedOn?.from !== undefined)
    return declarationsOf(readModule(join(dirname(module.path), passedOn.from)), passedOn.original);
  const original = module.exported.find((one) => one.name === name)?.original ?? name;
  const statements = module.program.body.filter((statement) =>
    namesOf(declarationIn(statement)).includes(original),
  );
  if (statements.length === 0) throw new Error(`${module.path} does not declare ${name}`);
  return { module, statements };
}

/** What a statement declares, exported or not. */
export function declarationIn(statement: Statement): Declaration | undefined {
  if (statement.type === 'ExportNamedDeclaration') return statement.declaration ?? undefined;
  return 'id' in statement || statement.type === 'VariableDeclaration'
    ? (statement as Declaration)
    : undefined;
}

/** The doc comment that ends right before an offset; lines of lint comments may stand between. */
export function docBefore({ text, comments }: Module, start: number): Doc | undefined {
  const found = comments.find(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= start &&
      /^(\s|\/\/.*\n)*$/.test(text.slice(end, start)),
  );
  return found === undefined ? undefined : toDoc(found.value);
}

/** The line comment on the same line as an offset, such as the words beside a member of a union. */
export function commentAfter({ text, comments }: Module, end: number): string | undefined {
  const lineEnd = text.indexOf('\n', end);
  const found = comments.find(
    (comment) => comment.type === 'Line' && comment.start >= end && comment.start < lineEnd,
  );
  return found?.value.trim();
}

function exportedBy(statement: Statement): Exported[] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  if (statement.declaration)
    return namesOf(statement.declaration).map((name) => ({
      name,
      original: name,
      from: undefined,
    }));
  return statement.specifiers.map(({ local, exported }) => ({
    name: nameOf(exported),
    original: nameOf(local),
    from: statement.source?.value,
  }));
}

function namesOf(declaration: Declaration | undefined): string[] {
  if (declaration === undefined) return [];
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' ? [id.name] : [],
    );
  return 'id' in declaration && declaration.id?.type === 'Identifier' ? [declaration.id.name] : [];
}

function nameOf(node: { readonly name?: string; readonly value?: string }): string {
  return node.name ?? node.value ?? '';
}
