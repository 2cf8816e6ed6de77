/**
 * Directories for servers: the user's own store or a fresh temporary one.
 *
 * nats-server does not notice a second server on the same store, and both then ruin it. So the one that uses a
 * store leaves its address and id there; whoever comes next asks that address whether it is still the same server.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.ts';
import { DevserverError } from './error.ts';
import { makeDirectory } from './make-directory.ts';

const OWNER_FILE = 'jetlane-server.json';
const ASK_TIMEOUT_MS = 1_000;

/** The server that uses a store. */
export interface StoreOwner {
  readonly host: string;
  readonly port: number;
  readonly serverId: string;
}

/** A fresh directory for one server's files. */
export function makeTemporary(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'jetlane-server-'));
}

/** Removes a directory and all in it; one that is gone is fine. */
export function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Creates `store` when it is missing; rejects when files cannot be written there or a server uses it. */
export async function checkStore(store: string): Promise<void> {
  const file = join(store, `.jetlane-${randomUUID()}`);
  try {
    await makeDirectory(store);
    await writeFile(file, '');
    await rm(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new DevserverError(
      `the store ${store} is not writable (${code}): choose another directory, or leave the store out for a temporary one`,
      { cause },
    );
  }
  const owner = await readOwner(store);
  if (owner === undefined) return;
  throw new DevserverError(
    `the store ${store} is in use by the server on ${owner.host}:${owner.port}: stop that one, or choose another directory`,
  );
}

/** Says in the store who uses it from now on. */
export async function claimStore(store: string, owner: StoreOwner): Promise<void> {
  await writeFile(join(store, OWNER_FILE), JSON.stringify(owner));
}

async function readOwner(store: string): Promise<StoreOwner | undefined> {
  try {
    const owner = JSON.parse(await readFile(join(store, OWNER_FILE), 'utf8')) as StoreOwner;
    const { info } = await ask(owner.host, owner.port, {
      subject: '_JETLANE.NOBODY',
      timeoutMs: ASK_TIMEOUT_MS,
    });
    return info.server_id === owner.serverId ? owner : undefined;
  } catch {
    return undefined; // nobody has claimed it, or whoever did is gone
  }
}
