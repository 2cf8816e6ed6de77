/** A server that an earlier run has fetched. */
import { readCache } from '../cache.ts';
import type { Way } from '../way.ts';

/** The newest server in Jetlane's cache. */
export const cacheWay: Way = {
  via: 'cache',
  timeoutMs: 10_000,
  fetches: false,
  find: readCache,
};
