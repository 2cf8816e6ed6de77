import { isLoopback } from './host-name.ts';

/**
 * Who may act: `loopback`, whoever sits at the machine that the server runs on; `allow`, everybody who reaches the page; `off`,
 * nobody.
 */
export type Actions = 'loopback' | 'allow' | 'off';

/** Where a request comes from. */
export interface Sender {
  /** Address of the other end; undefined where the server does not tell. */
  readonly address: string | undefined;
  /** Its `Host` header. */
  readonly host: string | undefined;
  /** Whether a proxy passed it on, so that the address is the proxy's. */
  readonly forwarded: boolean;
}

/**
 * Why a sender may not act, in words for the studio's page; undefined where he may. That he is allowed to says nothing about the
 * page that he looks at: an action needs its token too.
 */
export function refusalOf(actions: Actions, sender: Sender): string | undefined {
  if (actions === 'allow') return undefined;
  if (actions === 'off')
    return 'This studio only shows: it was started read-only. Start it without --read-only to act from here.';
  const { address, host = '', forwarded } = sender;
  const name = host.replace(/:\d+$/, '');
  if (address !== undefined && isLoopback(address) && isLoopback(name) && !forwarded)
    return undefined;
  return 'Actions are taken from the machine that the studio runs on only. To act from elsewhere, start it with --allow-actions: then everybody who reaches this page may.';
}

/** Whether a proxy passed a request on, by the headers that proxies add. `header` answers undefined for one that is not there. */
export function isForwarded(header: (name: string) => string | undefined): boolean {
  return PROXY_HEADERS.some((name) => header(name) !== undefined);
}

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'via', 'x-real-ip'];
