import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: [
      '{packages,cmd}/*/{src,test,page}/**/*.test.ts',
      'streams/*.test.ts',
      'docs/test/*.test.ts',
      '.config/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for servers and processes of their own: two files at a time halve the run, even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
