import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { temporary } from '../../test/temporary.ts';
import { pathWay } from './path.ts';

test('does not apply when there is none on PATH', async () => {
  const env = { PATH: await temporary() };
  await expect(pathWay.find(await fakeContext({ env }))).resolves.toBeUndefined();
});

test('takes the first executable one', async () => {
  const [empty, plain, first, second] = await Promise.all([
    temporary(),
    temporary(),
    temporary(),
    temporary(),
  ]);
  await writeFile(join(plain, 'nats-server'), '', { mode: 0o644 });
  await writeFile(join(first, 'nats-server'), '', { mode: 0o755 });
  await writeFile(join(second, 'nats-server'), '', { mode: 0o755 });
  const env = { PATH: [empty, plain, first, second].join(delimiter) };
  const context = await fakeContext({ env, answers: () => 'nats-server: v2.14.1\n' });
  await expect(pathWay.find(context)).resolves.toEqual({
    path: join(first, 'nats-server'),
    version: '2.14.1',
    via: 'path',
  });
});

test('rejects one that is too old, so that the search goes on', async () => {
  const PATH = await temporary();
  await writeFile(join(PATH, 'nats-server'), '', { mode: 0o755 });
  const context = await fakeContext({ env: { PATH }, answers: () => 'nats-server: v2.10.0\n' });
  await expect(pathWay.find(context)).rejects.toThrow('2.14.0 or later is needed');
});
