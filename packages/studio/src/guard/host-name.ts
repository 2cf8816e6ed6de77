/**
 * Which names a server answers to. A browser that was sent to `evil.example`, whose address was then changed to this
 * machine's (DNS rebinding), says so in the Host header: such a request is refused. An address needs no name server, so
 * nobody can point one elsewhere.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Whether a `Host` header names this server, which listens on `host`. On loopback only `localhost` and loopback addresses do;
 * elsewhere also every other address, this machine's own name, and `names`. False without a header.
 *
 * @param names more names, such as that of a reverse proxy; lower case
 * @example
 * if (!namesUs(context.req.header('host'), '127.0.0.1')) return context.text('this server answers to its own address only', 403);
 */
export function namesUs(
  header: string | undefined,
  host: string,
  names: readonly string[] = [],
): boolean {
  const name = hostOf(header);
  if (name === undefined) return false;
  if (isLoopback(name) || names.includes(name)) return true;
  if (isLoopback(host)) return false;
  return isIP(name) !== 0 || name === host.toLowerCase() || OWN_NAMES.has(name);
}

/**
 * Whether an address or name is this machine, seen from itself: `localhost`, `127.0.0.1` and its like, `::1`. With or without
 * brackets.
 */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const mapped = plain.replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIP(mapped) === 4 && /^127\./.test(mapped));
}

const OWN_NAMES: ReadonlySet<string> = new Set(
  [hostname(), `${hostname()}.local`].map((name) => name.toLowerCase()),
);

/** The name in `name:port` or `[address]:port`, lower case and without brackets; undefined where there is none. */
function hostOf(header: string | undefined): string | undefined {
  const found = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(header ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}
