/** Builds the server with `go install`, when Go is there and its module proxy answers. */
import { join } from 'node:path';
import { SERVER_VERSION } from '../binary.ts';
import { addToCache, binaryName, withScratch } from '../cache.ts';
import type { Way } from '../way.ts';

const MODULE = `github.com/nats-io/nats-server/v2@v${SERVER_VERSION}`;
const ASK_TIMEOUT_MS = 5_000;
const LOOKUP_TIMEOUT_MS = 15_000;
const BUILD_TIMEOUT_MS = 600_000;

/** Builds from source; the user's Go settings (proxy, module cache) apply. */
export const goWay: Way = {
  via: 'go',
  timeoutMs: BUILD_TIMEOUT_MS + LOOKUP_TIMEOUT_MS + ASK_TIMEOUT_MS,
  fetches: true,
  async find(context) {
    const { run, signal, log, progress } = context;
    const { GOOS: _, GOARCH: __, ...inherited } = context.env;
    await run('go', ['version'], { timeoutMs: ASK_TIMEOUT_MS, signal });
    return withScratch(context, async (directory) => {
      const settings = { GOBIN: directory, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' };
      const options = { cwd: directory, signal, env: { ...inherited, ...settings } };
      log(`building ${MODULE} with go install: this takes a minute or more`);
      progress({ what: `building ${MODULE} with go install` });
      await run('go', ['list', '-m', MODULE], { ...options, timeoutMs: LOOKUP_TIMEOUT_MS });
      await run('go', ['install', MODULE], { ...options, timeoutMs: BUILD_TIMEOUT_MS });
      return addToCache(context, join(directory, binaryName(context.platform)), 'go');
    });
  },
};
