/** Reads what a request asks for. Collects all that is wrong, and says what was expected. */
import { badRequest } from './failure.ts';

/** Values by name, as a query string or a JSON body has them. */
export type Given = Readonly<Record<string, unknown>>;

/** Reads values, and in the end throws one `Failure` with every problem. */
export class Query {
  readonly #given: Given;
  readonly #problems: string[] = [];

  /** @param known names that may be given: any other is a problem */
  constructor(given: Given, known: readonly string[]) {
    this.#given = given;
    for (const name of Object.keys(given))
      if (!known.includes(name))
        this.problem(`'${shown(name)}' is not known here; known: ${known.join(', ')}`);
  }

  /** Adds a problem. */
  problem(words: string): void {
    this.#problems.push(words);
  }

  /** The name of a stream or a consumer. */
  name(field: string): string | undefined {
    const value = this.text(field, NAME_MAX);
    if (value === undefined || NAME.test(value)) return value;
    this.problem(`${field} '${shown(value)}' is no name: no spaces, dots, '*', '>' or slashes`);
    return undefined;
  }

  /** As {@link Query.name}, and has to be there. */
  requiredName(field: string): string {
    if (this.#given[field] === undefined) this.problem(`${field} is missing`);
    return this.name(field) ?? '';
  }

  /** Text of at most `max` characters. */
  text(field: string, max: number): string | undefined {
    const value = this.#given[field];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length <= max) return value;
    this.problem(`${field} must be text of at most ${max} characters`);
    return undefined;
  }

  /** A subject, perhaps with `*` and `>`. */
  filter(field: string): string | undefined {
    const value = this.text(field, SUBJECT_MAX);
    if (value === undefined) return undefined;
    const tokens = value.split('.');
    if (!tokens.includes('') && !/\s/.test(value) && !tokens.slice(0, -1).includes('>'))
      return value;
    this.problem(
      `${field} '${shown(value)}' is no filter: tokens joined by dots, * for any one, > for all that follow`,
    );
    return undefined;
  }

  /** A whole number, also as text. */
  whole(field: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#given[field];
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
    if (Number.isSafeInteger(number) && (number as number) >= min && (number as number) <= max)
      return number as number;
    const range =
      max === Number.MAX_SAFE_INTEGER
        ? `from ${min} on`
        : `from ${min} to ${max.toLocaleString('en')}`;
    this.problem(`${field} must be a whole number ${range}, not '${shown(value)}'`);
    return undefined;
  }

  /** As {@link Query.whole}, and has to be there. */
  requiredWhole(field: string, min: number): number {
    if (this.#given[field] === undefined) this.problem(`${field} is missing`);
    return this.whole(field, min) ?? min;
  }

  /** One of some words. */
  choice<const T extends string>(field: string, choices: readonly T[]): T | undefined {
    const value = this.#given[field];
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      this.problem(`${field} must be ${choices.join(' or ')}, not '${shown(value)}'`);
    return found;
  }

  /** A moment: ISO 8601, or milliseconds since 1970. */
  time(field: string): Date | undefined {
    const value = this.#given[field];
    if (value === undefined) return undefined;
    const text = String(value);
    const timeMs = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
    const plausible = /^\d{4}-\d\d|^\d+$/.test(text) && timeMs >= 0 && timeMs <= YEAR_9999_MS;
    if (plausible) return new Date(timeMs);
    this.problem(
      `${field} '${shown(value)}' is no time: expected one such as 2026-01-31T12:00:00Z, or milliseconds since 1970`,
    );
    return undefined;
  }

  /** @throws Failure with status 400 that lists every problem */
  done(): void {
    if (this.#problems.length > 0) throw badRequest(this.#problems);
  }
}

const NAME = /^[^\s.*>/\\\p{Cc}]+$/u;
const NAME_MAX = 255;
const SUBJECT_MAX = 4096;
const YEAR_9999_MS = 253_402_300_799_999;
const SHOWN_MAX = 64;

/** Enough of a value to know it again. */
function shown(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
