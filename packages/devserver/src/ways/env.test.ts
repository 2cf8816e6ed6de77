import { expect, test } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { DevserverError } from '../error.ts';
import { envWay } from './env.ts';

test('does not apply when nothing is named', async () => {
  await expect(envWay.find(await fakeContext())).resolves.toBeUndefined();
});

test('takes the server that is named', async () => {
  const env = { NATS_SERVER_BIN: '/opt/nats-server' };
  const context = await fakeContext({ env, answers: () => 'nats-server: v2.15.0\n' });
  await expect(envWay.find(context)).resolves.toMatchObject({ version: '2.15.0', via: 'env' });
});

test('ends the search when the named server is too old or missing', async () => {
  const env = { NATS_SERVER_BIN: '/opt/nats-server' };
  const old = envWay.find(await fakeContext({ env, answers: () => 'nats-server: v2.12.0\n' }));
  await expect(old).rejects.toBeInstanceOf(DevserverError);
  await expect(old).rejects.toThrow(/2\.12\.0, 2\.14\.0 or later is needed.*unset it/);
  const missing = envWay.find(await fakeContext({ env }));
  await expect(missing).rejects.toThrow(/NATS_SERVER_BIN cannot be used/);
});
