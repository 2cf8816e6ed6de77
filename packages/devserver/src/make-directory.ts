import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and the parents that it lacks; one that is there is fine. Unlike `mkdir` with `recursive`, it comes to an end
 * where a parent is there and still answers ENOENT, as in /proc. Where a file has that name it resolves, and writing into it fails.
 *
 * @throws the error of `mkdir`, with its `code`
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await isThere(parent))) throw cause;
    await makeDirectory(parent);
    await mkdir(path);
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
