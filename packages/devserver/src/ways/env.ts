/** `NATS_SERVER_BIN`: the server that the user names. A wrong one is an error, never passed over. */
import { resolve } from 'node:path';
import { readVersion } from '../binary.ts';
import { DevserverError } from '../error.ts';
import type { Way } from '../way.ts';

/** The server that `NATS_SERVER_BIN` names. */
export const envWay: Way = {
  via: 'env',
  timeoutMs: 6_000,
  fetches: false,
  async find({ env, run }) {
    const name = env.NATS_SERVER_BIN;
    if (!name) return undefined;
    const path = resolve(name);
    try {
      return { path, version: await readVersion(path, run), via: 'env' };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DevserverError(
        `NATS_SERVER_BIN cannot be used: ${reason}. Point it at a nats-server, or unset it to let one be found`,
        { cause },
      );
    }
  },
};
