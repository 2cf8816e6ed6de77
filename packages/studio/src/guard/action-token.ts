import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenHeader } from '../wire.ts';

/** Header that carries the token of a page with every action. */
export const TOKEN_HEADER: TokenHeader = 'x-jetlane-token';

/** What proves that an action comes from a page that this server served. */
export interface ActionToken {
  /** 43 letters, digits, `-` and `_`: 256 random bits. For pages of this server, and nobody else. */
  readonly value: string;
  /** Whether this is the token. Takes as long for any other. */
  matches(given: string | undefined): boolean;
}

/**
 * A new token, made once when a server starts. The server hands it to its own page, where other sites can not read it, and the
 * page sends it back in a header, which other sites can not set.
 *
 * @example
 * const token = actionToken();
 * if (!token.matches(context.req.header(TOKEN_HEADER))) return context.text('reload the page', 403);
 */
export function actionToken(): ActionToken {
  const value = randomBytes(32).toString('base64url');
  const expected = digest(value);
  return {
    value,
    matches: (given) => given !== undefined && timingSafeEqual(digest(given), expected),
  };
}

/** Of one length, whatever was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
