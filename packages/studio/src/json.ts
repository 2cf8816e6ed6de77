/**
 * JSON as it is written. A number of JavaScript loses digits of large integers, so numbers are never made of them: they stay the
 * text that they are. Needs nothing of Node: the page reads with it, too.
 */

/** What JSON text consists of, white space aside: `{`, `"name"`, `:`, `9007199254740993`. Of text that is no JSON it gives something. */
export function jsonTokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/**
 * JSON text anew, indented by two spaces. Numbers keep every digit, and a name that comes twice comes twice. Escapes that need not be
 * become the characters that they stand for. The text must be one that `JSON.parse` takes.
 *
 * @throws SyntaxError where a string in it is broken
 * @example
 * indentJson('{"id":9007199254740993}'); // '{\n  "id": 9007199254740993\n}'
 */
export function indentJson(text: string): string {
  const parts: string[] = [];
  let indent = '\n';
  let before = '';
  for (const token of jsonTokens(text)) {
    const opened = before === '{' || before === '[';
    const closes = token === '}' || token === ']';
    if (closes) indent = indent.slice(0, -2);
    if (before === ',' || opened !== closes) parts.push(indent);
    parts.push(token === ':' ? ': ' : readable(token));
    if (token === '{' || token === '[') indent += '  ';
    before = token;
  }
  return parts.join('');
}

/** As {@link indentJson}, on one line. */
export function flattenJson(text: string): string {
  return jsonTokens(text).map(readable).join('');
}

/** The first integer of JSON text that a number of JavaScript would round, as one shows it: cut after 40 digits. Undefined where there is none. */
export function roundedInteger(text: string): string | undefined {
  const found = jsonTokens(text).find((token) => {
    if (!INTEGER.test(token)) return false;
    const number = Number(token);
    return !Number.isFinite(number) || BigInt(number) !== BigInt(token);
  });
  return found !== undefined && found.length > SHOWN_MAX ? `${found.slice(0, SHOWN_MAX)}…` : found;
}

const INTEGER = /^-?\d{16,}$/;
const SHOWN_MAX = 40;
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs;

/** Some write everything beyond ASCII as `\uXXXX`, which nobody reads; quotes and control characters stay escaped. */
function readable(token: string): string {
  return token.startsWith('"') && token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token;
}
