/** An exported name as the reference shows it: its signature, its words, its members. */
import type { Class, TSInterfaceDeclaration } from 'oxc-parser';
import type { Doc } from './doc.ts';
import {
  type Declaration,
  declarationIn,
  declarationsOf,
  docBefore,
  type Module,
  type Statement,
} from './module.ts';

/** One export. */
export interface Declared {
  readonly name: string;
  /** Values are what one calls; types are what one reads about. */
  readonly kind: 'value' | 'type';
  /** As it is written, without bodies and without the comments of members. */
  readonly signature: string;
  readonly doc: Doc;
  /** Of an interface or a class. */
  readonly members: readonly Member[];
}

/** A member of an interface or a class. */
export interface Member {
  readonly name: string;
  readonly signature: string;
  readonly doc: Doc;
}

const NO_WORDS: Doc = { summary: '', throws: [], examples: [] };
/** A constant that is longer is cut: its name and words are what matters. */
const CONSTANT_LINES_MAX = 24;

/** How an exported name is declared. */
export function declared(entry: Module, name: string): Declared {
  const { module, statements } = declarationsOf(entry, name);
  const doc = statements
    .map((statement) => docBefore(module, statement.start))
    .find((one) => one !== undefined);
  const shown = statements.filter((statement) => !isImplementation(statement, statements));
  const first = declarationIn(shown[0] as Statement) as Declaration;
  return {
    name,
    kind: isType(first) ? 'type' : 'value',
    signature: shown
      .map((statement) => signatureOf(module, declarationIn(statement) as Declaration))
      .join('\n'),
    doc: doc ?? NO_WORDS,
    members: membersOf(module, first),
  };
}

/** The members of an interface or class, those of classes that are not private. */
export function membersOf(module: Module, declaration: Declaration): Member[] {
  if (declaration.type === 'TSInterfaceDeclaration') return interfaceMembers(module, declaration);
  if (declaration.type === 'ClassDeclaration') return classMembers(module, declaration);
  return [];
}

function interfaceMembers(module: Module, { body }: TSInterfaceDeclaration): Member[] {
  return body.body.flatMap((member) => {
    const signature = tidy(module.text.slice(member.start, member.end));
    const name = /^(?:readonly )?([\w$]+|\[.*?\])/.exec(signature)?.[1] ?? '';
    // A symbol as a key is how one copy of a package knows another: nothing to use.
    if (/^\[(?!\w+:)/.test(name)) return [];
    return [{ name, signature, doc: docBefore(module, member.start) ?? NO_WORDS }];
  });
}

function classMembers(module: Module, { body }: Class): Member[] {
  return body.body.flatMap((member) => {
    if (member.type !== 'MethodDefinition' && member.type !== 'PropertyDefinition') return [];
    if (member.key.type !== 'Identifier' || member.accessibility === 'private') return [];
    const bodyStart =
      member.type === 'MethodDefinition' ? member.value.body?.start : member.value?.start;
    const text = module.text.slice(member.start, bodyStart ?? member.end);
    const signature = tidy(text.replace(/[\s={]+$/, '').replace(/^(override|declare) /, ''));
    return [{ name: member.key.name, signature, doc: docBefore(module, member.start) ?? NO_WORDS }];
  });
}

/** The implementation of an overloaded function is nobody's business. */
function isImplementation(statement: Statement, all: readonly Statement[]): boolean {
  return all.length > 1 && declarationIn(statement)?.type === 'FunctionDeclaration';
}

function isType({ type }: Declaration): boolean {
  return type === 'TSInterfaceDeclaration' || type === 'TSTypeAliasDeclaration';
}

function signatureOf(module: Module, declaration: Declaration): string {
  const { text } = module;
  switch (declaration.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return `${text
        .slice(declaration.start, declaration.body?.start ?? declaration.end)
        .replace(/^async /, '')
        .trim()
        .replace(/;$/, '')};`;
    case 'TSInterfaceDeclaration':
    case 'ClassDeclaration':
      return text.slice(declaration.start, declaration.body.start).trim();
    case 'VariableDeclaration':
      return constant(text.slice(declaration.start, declaration.end));
    default:
      return text.slice(declaration.start, declaration.end);
  }
}

function constant(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*(\/?\*|\/\/)/.test(line));
  if (lines.length <= CONSTANT_LINES_MAX) return lines.join('\n');
  return `${lines[0]?.replace(/\s*=.*$/, '')};`;
}

/** One line where it was broken for its length only; comments inside a member are left out. */
function tidy(text: string): string {
  return text
    .replaceAll(/\/\*\*?[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/([([{<]) ?\| /g, '$1')
    .replace(/: \| /, ': ')
    .replaceAll(/,? ([)\]>])/g, '$1')
    .replaceAll(/([([]) /g, '$1')
    .replace(/;$/, '')
    .trim();
}
