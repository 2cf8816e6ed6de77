/**
 * Headers that every answer of a page's server carries, by name. The page may load nothing from anywhere but its own server,
 * run no script and no style that stands in its markup, be framed by nobody, and tell nobody where a link was followed from.
 *
 * @example
 * for (const [name, value] of Object.entries(securityHeaders())) context.res.headers.set(name, value);
 */
export function securityHeaders(): Readonly<Record<string, string>> {
  return HEADERS;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
});
