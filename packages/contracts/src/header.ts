/**
 * Header rules: CloudEvents percent-encoding for `ce-*` values, and what callers may add. ASCII is
 * the common case and costs one test.
 */

import { show } from './show.ts';
import type { Duration } from './unit.ts';
import { toMs } from './unit.ts';

/**
 * A `ce-*` value as the CloudEvents bindings want it: space, `"`, `%` and everything outside
 * U+0021..U+007E as percent-encoded UTF-8.
 */
export function encodeHeader(value: string): string {
  return PLAIN.test(value) ? value : percentEncode(value);
}

/** Undoes {@link encodeHeader}; text that was not encoded properly comes back as it is. */
export function decodeHeader(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** What is wrong with a message id, in words; undefined if it can travel. */
export function idProblem(id: unknown): string | undefined {
  if (typeof id === 'string' && ID.test(id)) return undefined;
  const found =
    typeof id === 'string' ? `"${id.slice(0, 64)}" (${id.length} characters)` : show(id);
  return `id must be 1 to 256 printable ASCII characters without spaces, not ${found}`;
}

/** What is wrong with headers that a caller adds, in words. */
export function headerProblems(headers: Readonly<Record<string, string>>): string[] {
  if (typeof headers !== 'object' || headers === null) return ['headers must be an object'];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const shown = JSON.stringify(name.slice(0, 64));
    if (!NAME.test(name)) {
      problems.push(`header name ${shown} must be letters, digits or !#$%&'*+-.^_\`|~`);
    } else if (RESERVED.test(name)) {
      problems.push(`header ${shown} is reserved: names must not begin with Nats-, ce- or jl-`);
    }
    if (typeof value !== 'string' || !VALUE.test(value)) {
      problems.push(
        `header ${shown} must be printable ASCII without spaces at its ends; use encodeURIComponent for other text`,
      );
    }
  }
  return problems;
}

/** Whether trace context from elsewhere can be sent as it is. */
export function isSendable(value: string): boolean {
  return VALUE.test(value) && value !== '';
}

/** The value of `Nats-TTL`: whole seconds, rounded up. Throws `CONFIG_INVALID` for no duration. */
export function toTtlSeconds(ttl: Duration): number {
  return Math.ceil(toMs(ttl) / 1000);
}

const PLAIN = /^[!#$&-~]*$/;
const ID = /^[!-~]{1,256}$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const RESERVED = /^(?:nats|ce|jl)-/i;
const VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

function percentEncode(value: string): string {
  let text = '';
  for (const character of wellFormed(value)) {
    text += PLAIN.test(character) ? character : encodeURIComponent(character);
  }
  return text;
}

/** Replaces half characters, which have no UTF-8. */
function wellFormed(value: string): string {
  return value.replace(/\p{Cs}/gu, '\ufffd');
}
