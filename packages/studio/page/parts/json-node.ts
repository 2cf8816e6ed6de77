/** JSON text as a tree to be shown. Numbers stay the text that they are: `JSON.parse` would round large ones. Pure. */
import { jsonTokens } from '../../src/json.ts';

/** A value: what it is made of, or its text. Names and texts are as JSON writes them, the quotes of names aside. */
export type JsonNode =
  | { readonly kind: 'list' | 'fields'; readonly entries: readonly JsonEntry[] }
  | { readonly kind: 'text' | 'number' | 'word'; readonly text: string };

/** A field of an object, or an item of a list under its position. */
export interface JsonEntry {
  readonly name: string;
  readonly node: JsonNode;
}

/** Reads JSON text; undefined for what is none. */
export function readJson(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = jsonTokens(text);
  let at = 0;
  // As deep as the text: JSON.parse was as deep just now.
  const next = (): JsonNode => {
    const token = tokens[at++] as string;
    if (token !== '{' && token !== '[') return leaf(token);
    const list = token === '[';
    const entries: JsonEntry[] = [];
    while (tokens[at] !== '}' && tokens[at] !== ']') {
      if (tokens[at] === ',') at++;
      const name = list ? String(entries.length) : (tokens[at] as string).slice(1, -1);
      if (!list) at += 2;
      entries.push({ name, node: next() });
    }
    at++;
    return { kind: list ? 'list' : 'fields', entries };
  };
  return next();
}

function leaf(text: string): JsonNode {
  if (text.startsWith('"')) return { kind: 'text', text };
  return { kind: /^[-\d]/.test(text) ? 'number' : 'word', text };
}
