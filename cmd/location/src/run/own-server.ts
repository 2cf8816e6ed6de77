/** The nats-server that the demo starts when it is not given one. */
import { access, constants, mkdir } from 'node:fs/promises';
import { type Server, startServer } from '@jetlane/devserver';
import { RunFailure } from './run-failure.ts';

/**
 * Starts a server on a free port of this machine, with its streams in `store` or in a temporary
 * directory.
 *
 * @throws RunFailure when the store cannot be written; DevserverError when there is no server
 */
export async function ownServer(
  store: string | undefined,
  log: (line: string) => void,
): Promise<Server> {
  if (store === undefined) return startServer({ log });
  try {
    await mkdir(store, { recursive: true });
    await access(store, constants.W_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new RunFailure(
      `cannot write to the store ${store} (${code}): choose another directory with --store`,
    );
  }
  return startServer({ store, log });
}
