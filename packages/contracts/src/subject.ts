/**
 * Subject templates such as `orders.placed.{orderId}`. A template is compiled once, when a message
 * is defined; filling it costs one concatenation and one test of each value.
 */
import { configInvalid, JetlaneError } from './error.ts';
import { NOT_IN_TOKEN, SUBJECT_LENGTH_MAX, SUBJECT_TOKENS_MAX } from './pattern.ts';
import { shorten, show } from './show.ts';

/** A template, ready to be filled and read. */
export interface CompiledSubject {
  readonly template: string;
  /** Names of the `{tokens}`, in order. */
  readonly tokens: readonly string[];
  /** The template with `*` for each token: `orders.placed.*`. */
  readonly pattern: string;
  /** See {@link fillSubject}. */
  fill(data: unknown): string;
  /** See {@link readParams}. */
  read(subject: string): Record<string, string> | undefined;
  /** What {@link read} says of one token, at a fraction of its cost. */
  token(subject: string, name: string): string | undefined;
}

/** Compiles a template. Throws `CONFIG_INVALID` listing everything that is wrong with it. */
export function compileSubject(template: string): CompiledSubject {
  const problems = templateProblems(template);
  if (problems.length > 0)
    throw configInvalid(`subject "${shorten(String(template), 64)}"`, problems);
  const parts = template.split('.');
  const tokens = parts.filter(isHole).map(nameOf);
  const pattern = parts.map((part) => (isHole(part) ? '*' : part)).join('.');
  const literals = template.split(/\{[^}]*\}/);
  return {
    template,
    tokens,
    pattern,
    fill: (data) => fill(template, literals, tokens, data),
    read: (subject) => read(parts, subject),
    token: (subject, name) => tokenOf(parts, `{${name}}`, subject),
  };
}

/**
 * The subject of a payload. Each `{token}` is filled from the field of that name, a string or a
 * finite number. Throws `SUBJECT_INVALID` if a value is missing, empty, or contains `.`, `*`, `>`,
 * white space or control characters, or if the whole reaches 256 characters; nothing is escaped.
 *
 * @example
 * ```ts
 * fillSubject('orders.placed.{orderId}', { orderId: 'o-1' }); // 'orders.placed.o-1'
 * ```
 */
export function fillSubject(template: string, data: unknown): string {
  return compileSubject(template).fill(data);
}

/**
 * The values of a subject's tokens by name, or undefined if the subject is not of this template.
 *
 * @example
 * ```ts
 * readParams('orders.placed.{orderId}', 'orders.placed.o-1'); // { orderId: 'o-1' }
 * ```
 */
export function readParams(template: string, subject: string): Record<string, string> | undefined {
  return compileSubject(template).read(subject);
}

/**
 * The wildcard filters of a template: one, or as many as the given values combine to. Throws
 * `CONFIG_INVALID` for a name that is no token of the template or for more than 1,024 filters, and
 * `SUBJECT_INVALID` for a value that cannot be a token.
 *
 * @example
 * ```ts
 * toFilters('rides.{region}.{rideId}', { region: ['eu', 'us'] }); // ['rides.eu.*', 'rides.us.*']
 * ```
 */
export function toFilters(
  template: string,
  values: Readonly<Record<string, string | readonly string[]>> = {},
): string[] {
  const { tokens } = compileSubject(template);
  const problems = filterProblems(template, tokens, values);
  if (problems.length > 0) throw configInvalid(`filter of "${template}"`, problems);
  let filters: string[][] = [[]];
  for (const part of template.split('.')) {
    const choices = isHole(part) ? choicesOf(template, nameOf(part), values) : [part];
    filters = filters.flatMap((filter) => choices.map((choice) => [...filter, choice]));
  }
  return filters.map((filter) => filter.join('.'));
}

/** Everything wrong with a template, in words; empty if it is valid. */
export function templateProblems(template: string): string[] {
  if (typeof template !== 'string') return [`subject must be text, not ${typeof template}`];
  if (template === '') return ['subject must not be empty'];
  const where = `subject "${template.slice(0, SUBJECT_LENGTH_MAX)}"`;
  const parts = template.split('.');
  const problems: string[] = [];
  if (template.length >= SUBJECT_LENGTH_MAX) {
    problems.push(
      `${where} must be under ${SUBJECT_LENGTH_MAX} characters, not ${template.length}`,
    );
  }
  if (parts.length > SUBJECT_TOKENS_MAX) {
    problems.push(`${where} must have at most ${SUBJECT_TOKENS_MAX} tokens, not ${parts.length}`);
  }
  if (parts.includes('')) problems.push(`${where} has an empty token: two dots, or one at an end`);
  if (isHole(parts[0] ?? '')) {
    problems.push(`${where} must begin with a fixed word, not with ${parts[0]}`);
  }
  if (parts[0]?.startsWith('_')) {
    problems.push(`${where} must not begin with "_": those subjects belong to NATS and Jetlane`);
  }
  for (const part of new Set(parts)) {
    if (part === '' || LITERAL.test(part) || HOLE.test(part)) continue;
    problems.push(
      part.includes('*') || part.includes('>')
        ? `${where} must use {token} instead of the wildcard "${part}"`
        : `${where}: "${part}" must be letters, digits, "_" and "-", or a whole {token}`,
    );
  }
  const names = parts.filter(isHole);
  for (const name of new Set(names.filter((hole, i) => names.indexOf(hole) !== i))) {
    problems.push(`${where} has ${name} twice`);
  }
  return problems;
}

/**
 * Checks that `value` can be one token of a subject and returns it as text. Throws
 * `SUBJECT_INVALID` naming the token and the value.
 */
function toToken(value: unknown, name: string, template: string): string {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text === 'string' && text !== '' && !NOT_IN_TOKEN.test(text)) return text;
  throw new JetlaneError(
    'SUBJECT_INVALID',
    `token {${name}} of subject "${template}" must be a string or finite number that is not empty and has no ".", "*", ">", white space or control characters, not ${show(value)}`,
  );
}

const LITERAL = /^[A-Za-z0-9_-]+$/;
/** `__proto__` would name no value but what all objects have in common. */
const HOLE = /^\{(?!__proto__\})[A-Za-z_$][A-Za-z0-9_$-]*\}$/;
const FILTERS_MAX = 1024;

function isHole(part: string): boolean {
  return part.startsWith('{');
}

function nameOf(hole: string): string {
  return hole.slice(1, -1);
}

function fill(
  template: string,
  literals: readonly string[],
  tokens: readonly string[],
  data: unknown,
): string {
  let subject = literals[0] as string;
  for (let i = 0; i < tokens.length; i++) {
    const name = tokens[i] as string;
    const value = (data as Record<string, unknown> | null | undefined)?.[name];
    const token =
      typeof value === 'string' && LITERAL.test(value) ? value : toToken(value, name, template);
    subject += token + (literals[i + 1] as string);
  }
  if (subject.length < SUBJECT_LENGTH_MAX) return subject;
  throw new JetlaneError(
    'SUBJECT_INVALID',
    `subject "${subject.slice(0, 64)}..." must be under ${SUBJECT_LENGTH_MAX} characters, not ${subject.length}: shorten what fills "${template}"`,
  );
}

function read(parts: readonly string[], subject: string): Record<string, string> | undefined {
  const found = subject.split('.');
  if (found.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const token = found[i] as string;
    if (isHole(part)) params[nameOf(part)] = token;
    else if (part !== token) return undefined;
  }
  return params;
}

function tokenOf(parts: readonly string[], hole: string, subject: string): string | undefined {
  let found: string | undefined;
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const dot = subject.indexOf('.', at);
    const end = dot < 0 ? subject.length : dot;
    if (dot < 0 !== (i === parts.length - 1)) return undefined;
    if (part === hole) found = subject.slice(at, end);
    else if (!isHole(part) && !(end - at === part.length && subject.startsWith(part, at)))
      return undefined;
    at = end + 1;
  }
  return found;
}

function filterProblems(
  template: string,
  tokens: readonly string[],
  values: Readonly<Record<string, string | readonly string[]>>,
): string[] {
  const problems: string[] = [];
  let count = 1;
  for (const [name, choices] of Object.entries(values)) {
    if (choices === undefined) continue;
    if (!tokens.includes(name)) {
      problems.push(
        `{${name}} is no token of "${template}": it has ${tokens.join(', ') || 'none'}`,
      );
    } else if (typeof choices !== 'string') {
      if (!Array.isArray(choices)) {
        problems.push(`{${name}} must be a text or a list of texts, not ${show(choices)}`);
        continue;
      }
      if (choices.length === 0) problems.push(`{${name}} has no values, so nothing would match`);
      count *= choices.length;
    }
  }
  if (count > FILTERS_MAX) {
    problems.push(`the values combine to ${count} filters; at most ${FILTERS_MAX} are possible`);
  }
  return problems;
}

function choicesOf(
  template: string,
  name: string,
  values: Readonly<Record<string, string | readonly string[]>>,
): readonly string[] {
  const given = Object.hasOwn(values, name) ? values[name] : undefined;
  if (given === undefined) return ['*'];
  const choices = typeof given === 'string' ? [given] : given;
  return [...new Set(choices)].map((choice) => toToken(choice, name, template));
}
