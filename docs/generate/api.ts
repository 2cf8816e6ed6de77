/** The API of a package, as Markdown, from its source: every public name with its signature and its words. */
import { type Declared, declared, type Member } from './declared.ts';
import type { Doc } from './doc.ts';
import { readModule } from './module.ts';

/** A page of names: values first, in the order in which the package lists them; then types, by name. */
export function apiPage(entry: string): string {
  const module = readModule(entry);
  const own = module.exported.filter(({ from }) => from === undefined || from.startsWith('.'));
  const all = own.map(({ name }) => declared(module, name));
  const values = all.filter(({ kind }) => kind === 'value');
  const types = all.filter(({ kind }) => kind === 'type');
  types.sort((one, other) => one.name.localeCompare(other.name));
  return [
    ...passedOn(entry),
    ...(values.length > 0 ? ['## Functions and values', ...values.flatMap(section)] : []),
    ...(types.length > 0 ? ['## Types', ...types.flatMap(section)] : []),
    '',
  ].join('\n\n');
}

/** The names that a package exports, its own and others'. For the test that none is missing. */
export function publicNames(entry: string): string[] {
  return readModule(entry).exported.map(({ name }) => name);
}

function passedOn(entry: string): string[] {
  const others = new Map<string, string[]>();
  for (const { name, from } of readModule(entry).exported)
    if (from !== undefined && !from.startsWith('.'))
      others.set(from, [...(others.get(from) ?? []), name]);
  return [...others].map(
    ([from, names]) => `It also exports these of \`${from}\`: ${names.map(code).join(', ')}.`,
  );
}

function section({ name, signature, doc, members }: Declared): string[] {
  return [`### ${name}`, fence(signature), ...words(doc), ...members.map(memberItem)];
}

function words({ summary, throws, examples }: Doc): string[] {
  return [
    ...(summary === '' ? [] : [summary]),
    ...throws.map((text) => `**Throws** ${text}`),
    ...examples.map(fence),
  ];
}

function memberItem({ signature, doc }: Member): string {
  const [first = '', ...rest] = [
    ...(doc.summary === '' ? [] : [doc.summary]),
    ...doc.throws.map((text) => `**Throws** ${text}`),
    ...doc.examples.map(fence),
  ];
  const lines = [`- ${code(signature)}${first === '' ? '' : `\\\n${first}`}`, ...rest];
  return lines.map((text) => text.replaceAll('\n', '\n  ')).join('\n\n  ');
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function fence(text: string): string {
  return `\`\`\`typescript\n${text}\n\`\`\``;
}
