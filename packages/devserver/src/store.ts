/** Directories for servers: the user's own store, checked before the start, or a fresh temporary one. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevserverError } from './error.ts';

/** A fresh directory for one server's files. */
export function makeTemporary(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'jetlane-server-'));
}

/** Removes a directory and all in it; one that is gone is fine. */
export function remove(directory: string): Promise<void> {
  return rm(directory, {
    recursive: true,
    force: true,
    maxRetries: 5,
    retryDelay: 50,
  });
}

/** Creates `store` when it is missing and proves that files can be written there. */
export async function checkStore(store: string): Promise<void> {
  const file = join(store, `.jetlane-${randomUUID()}`);
  try {
    await mkdir(store, { recursive: true });
    await writeFile(file, '');
    await rm(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new DevserverError(
      `the store ${store} is not writable (${code}): choose another directory, or leave the store out for a temporary one`,
      { cause },
    );
  }
}
