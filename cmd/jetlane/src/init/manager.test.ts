import { describe, expect, it } from 'vitest';
import { currentManager, installFailure, runManager, runWords } from './manager.ts';

describe('a package manager', () => {
  it('is the one that runs this program', () => {
    const agent = 'pnpm/9.1.0 npm/? node/v20.19.0 linux x64';
    expect(currentManager({ npm_config_user_agent: agent })).toBe('pnpm');
    expect(currentManager({ npm_config_user_agent: 'cnpm/1' })).toBe('npm');
    expect(currentManager({})).toBe('npm');
  });

  it('runs scripts by its own words', () => {
    expect(runWords('npm', 'test')).toBe('npm test');
    expect(runWords('npm', 'dev')).toBe('npm run dev');
    expect(runWords('pnpm', 'dev')).toBe('pnpm dev');
    expect(runWords('bun', 'dev')).toBe('bun run dev');
  });

  it('that is not there is no crash', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    const { code } = await runManager('bun', ['--version'], { limitMs: 5000 });
    process.env.PATH = path;
    expect(code).not.toBe(0);
  });

  it('is quoted where it fails, in few words', () => {
    expect(installFailure('npm error code ENOTFOUND\nnpm error network')).toBe(
      'the registry cannot be reached',
    );
    const refused =
      'npm error code E404\nnpm error 404 Not Found\nnpm error A complete log of this run is in: x';
    expect(installFailure(refused)).toBe('code E404; 404 Not Found');
    expect(installFailure('')).toBe('it printed nothing');
  });
});
