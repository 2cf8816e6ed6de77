/** Memory of this process, after a garbage collection where node was started with `--expose-gc`. */

/** In bytes. */
export interface Memory {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** See the head of this file. */
export function memory(): Memory {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}
