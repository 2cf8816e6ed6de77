import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { goWay } from './go.ts';

test('builds the named version for this machine into the cache', async () => {
  let settings: Readonly<Record<string, string | undefined>> = {};
  const context = await fakeContext({
    env: { GOOS: 'plan9', GOFLAGS: '-mod=vendor', GOPROXY: 'https://proxy.example' },
    answers: async (words, { env = {} }) => {
      if (words.startsWith('go install')) {
        settings = env;
        await writeFile(join(env.GOBIN ?? '', 'nats-server'), '');
      }
      return words.endsWith('--version') ? 'nats-server: v2.15.1\n' : '';
    },
  });
  await expect(goWay.find(context)).resolves.toMatchObject({ version: '2.15.1', via: 'go' });
  expect(context.commands).toContain('go install github.com/nats-io/nats-server/v2@v2.15.1');
  expect(settings).toMatchObject({ GOPROXY: 'https://proxy.example', GOFLAGS: '' });
  expect(settings).not.toHaveProperty('GOOS');
});

test('fails at once where Go is not installed', async () => {
  const context = await fakeContext();
  await expect(goWay.find(context)).rejects.toThrow('go: not installed');
  expect(context.commands).toEqual(['go version']);
});

test('does not build when the module cannot be looked up', async () => {
  const context = await fakeContext({
    answers: (words) => {
      if (words.startsWith('go list')) throw new Error('go: dial tcp: i/o timeout');
      return 'go version go1.26';
    },
  });
  await expect(goWay.find(context)).rejects.toThrow('i/o timeout');
  expect(context.commands.some((words) => words.startsWith('go install'))).toBe(false);
});
