import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BenchFailure } from '../frame/failure.ts';
import { openPlace } from './record.ts';

it('makes the folder of a report before anything is measured, or says that it cannot', async () => {
  const home = await mkdtemp(join(tmpdir(), 'jetlane-report-'));
  try {
    const folder = join(home, 'new', 'report');
    await openPlace({ folder, readme: undefined });
    expect((await stat(folder)).isDirectory()).toBe(true);

    const file = join(home, 'file');
    await writeFile(file, '');
    for (const wrong of [file, join(file, 'report'), '/proc/report']) {
      const refused = openPlace({ folder: wrong, readme: undefined });
      await expect(refused).rejects.toThrow(BenchFailure);
      await expect(refused).rejects.toThrow(`${wrong} cannot be written to: `);
    }
  } finally {
    await rm(home, { recursive: true });
  }
});
