/** `nats-server` on PATH, when it is new enough. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { readVersion } from '../binary.ts';
import { binaryName } from '../cache.ts';
import type { Way } from '../way.ts';

/** The first `nats-server` on PATH. Rejects when that one is too old. */
export const pathWay: Way = {
  via: 'path',
  timeoutMs: 6_000,
  fetches: false,
  async find({ env, platform, run }) {
    const directories = (env.PATH ?? env.Path ?? '').split(delimiter).filter((d) => d !== '');
    for (const directory of directories) {
      const path = join(directory, binaryName(platform));
      const there = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (there) return { path, version: await readVersion(path, run), via: 'path' };
    }
    return undefined;
  },
};
