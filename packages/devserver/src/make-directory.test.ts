import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeDirectory } from './make-directory.ts';

const home = mkdtempSync(join(tmpdir(), 'jetlane-directory-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('makes a directory with its parents, and takes one that is there', async () => {
  const path = join(home, 'a', 'b', 'c');
  await makeDirectory(path);
  await makeDirectory(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

test.skipIf(!existsSync('/proc/self'))(
  'comes to an end where nothing can be made (skipped where there is no /proc)',
  async () => {
    await expect(makeDirectory('/proc/nowhere/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
