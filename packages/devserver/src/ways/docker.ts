/** Takes the executable out of the official image. It is a Linux program, so this applies on Linux only. */
import { join } from 'node:path';
import { SERVER_VERSION } from '../binary.ts';
import { addToCache, withScratch } from '../cache.ts';
import type { Way } from '../way.ts';

const IMAGE = `nats:${SERVER_VERSION.split('.').slice(0, 2).join('.')}-alpine`;
const PROGRAM = '/usr/local/bin/nats-server';
const ASK_TIMEOUT_MS = 5_000;
const LOOKUP_TIMEOUT_MS = 10_000;
const PULL_TIMEOUT_MS = 120_000;

/** Copies `nats-server` from a container that never runs; pulls the image when it is not there. */
export const dockerWay: Way = {
  via: 'docker',
  timeoutMs: PULL_TIMEOUT_MS + 30_000,
  fetches: true,
  async find(context) {
    if (context.platform !== 'linux') return undefined;
    const { run, signal, log, progress } = context;
    const docker = (args: readonly string[], timeoutMs: number) =>
      run('docker', args, { timeoutMs, signal });
    await docker(['version', '--format', '{{.Server.Version}}'], ASK_TIMEOUT_MS);
    const present = await docker(['image', 'inspect', IMAGE], ASK_TIMEOUT_MS).then(
      () => true,
      () => false,
    );
    if (!present) {
      log(`pulling ${IMAGE}`);
      progress({ what: `pulling ${IMAGE}` });
      await docker(['manifest', 'inspect', IMAGE], LOOKUP_TIMEOUT_MS);
      await docker(['pull', '--quiet', IMAGE], PULL_TIMEOUT_MS);
    }
    return withScratch(context, async (directory) => {
      const container = (await docker(['create', IMAGE], LOOKUP_TIMEOUT_MS)).stdout.trim();
      try {
        const target = join(directory, 'nats-server');
        await docker(['cp', `${container}:${PROGRAM}`, target], LOOKUP_TIMEOUT_MS);
        return await addToCache(context, target, 'docker');
      } finally {
        await docker(['rm', container], ASK_TIMEOUT_MS);
      }
    });
  },
};
