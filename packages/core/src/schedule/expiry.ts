/** When the `Nats-TTL` of a message ends: seconds, a Go duration such as `1h30m`, or `never`; undefined without one. */
export function expiryOf(ttl: string | undefined, storedMs: number): number | undefined {
  if (ttl === undefined) return undefined;
  if (ttl === 'never') return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(ttl)) return storedMs + Number(ttl) * 1_000;
  let totalMs = 0;
  for (const [, amount, unit] of ttl.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    totalMs += Number(amount) * (UNIT_MS[unit as string] as number);
  }
  return totalMs > 0 ? storedMs + totalMs : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
