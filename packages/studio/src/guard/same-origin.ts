/** What of a request {@link sameOrigin} looks at. */
export interface OriginHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `sec-fetch-site`, which browsers send and pages can not forge. */
  readonly fetchSite?: string | undefined;
}

/**
 * Whether a request comes from a page of this server, or from no page at all. A page of another site may send requests to
 * this machine too, and its browser says so in these headers. Says nothing about programs, which may send any header.
 *
 * @example
 * const { req } = context;
 * const own = sameOrigin({ host: req.header('host'), origin: req.header('origin'), fetchSite: req.header('sec-fetch-site') });
 */
export function sameOrigin({ host, origin, fetchSite }: OriginHeaders): boolean {
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return false;
  if (origin === undefined) return true;
  // Not compared as a whole: behind a proxy that ends TLS the page's scheme is not ours.
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
