import { expect, test } from 'vitest';
import { fakeContext } from '../test/fake-context.ts';
import { compareVersions, readVersion } from './binary.ts';

test('versions compare by number, not by text', () => {
  const sorted = ['2.9.0', '2.15.1', '2.14.10', '2.14.2'].sort(compareVersions);
  expect(sorted).toEqual(['2.9.0', '2.14.2', '2.14.10', '2.15.1']);
  expect(compareVersions('2.15.0-RC.1', '2.15.0')).toBe(0);
});

test('reads the version of a server that is new enough', async () => {
  const { run } = await fakeContext({ answers: () => 'nats-server: v2.14.0\n' });
  await expect(readVersion('/bin/x', run)).resolves.toBe('2.14.0');
});

test('refuses an old server and names both versions', async () => {
  const { run } = await fakeContext({ answers: () => 'nats-server: v2.10.27\n' });
  await expect(readVersion('/bin/x', run)).rejects.toThrow(
    '/bin/x is nats-server 2.10.27, 2.14.0 or later is needed',
  );
});

test('refuses a program that is something else', async () => {
  const { run } = await fakeContext({ answers: () => 'git version 2.39.5' });
  await expect(readVersion('/bin/x', run)).rejects.toThrow(
    '/bin/x is not a nats-server: --version says "git version 2.39.5"',
  );
});
