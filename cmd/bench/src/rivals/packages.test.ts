import { expect, it } from 'vitest';
import { load, versionOf } from './packages.ts';

it('a package that is not installed has no version, and loading it says how to get it', async () => {
  expect(versionOf('jetlane-no-such-package')).toBeUndefined();
  await expect(load('jetlane-no-such-package')).rejects.toThrow(
    'jetlane-no-such-package is not installed: npm run bench -- compare --install',
  );
});
