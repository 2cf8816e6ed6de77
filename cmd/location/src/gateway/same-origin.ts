/** Who may ask: pages of this server, under a name that is its own. */

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '::1'];

/** On loopback another name in the Host header is a site that points its own name here. */
export function namesUs(header: string | undefined, host: string): boolean {
  if (!LOOPBACK_HOSTS.includes(host)) return true;
  return LOOPBACK.includes(header?.replace(/:\d+$/, '') ?? '');
}

/** A page of another site may open a connection to loopback; its Origin header gives it away. Programs send none. */
export function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
