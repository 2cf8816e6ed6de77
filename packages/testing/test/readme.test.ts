import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

it('shows the harness of memory() as it runs here', async () => {
  const [readme, harness] = await Promise.all(
    ['../README.md', './memory.test.ts'].map((path) =>
      readFile(new URL(path, import.meta.url), 'utf8'),
    ),
  );
  expect(readme).toContain(harness);
});
