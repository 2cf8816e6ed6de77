import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Answers, fakeContext } from '../../test/fake-context.ts';
import { dockerWay } from './docker.ts';

test('does not apply where a Linux program does not run', async () => {
  await expect(dockerWay.find(await fakeContext({ platform: 'darwin' }))).resolves.toBeUndefined();
});

test('fails at once where Docker does not run', async () => {
  const context = await fakeContext();
  await expect(dockerWay.find(context)).rejects.toThrow('docker: not installed');
  expect(context.commands).toHaveLength(1);
});

test('copies the server out of an image that is there, and removes the container', async () => {
  const context = await fakeContext({ answers: docker({ present: true }) });
  await expect(dockerWay.find(context)).resolves.toMatchObject({ via: 'docker' });
  expect(context.commands.some((words) => words.includes(' pull '))).toBe(false);
  expect(context.commands).toContain('docker rm c0ffee');
});

test('pulls the image when it is not there', async () => {
  const context = await fakeContext({ answers: docker({ present: false }) });
  await expect(dockerWay.find(context)).resolves.toMatchObject({ via: 'docker' });
  expect(context.commands).toContain('docker pull --quiet nats:2.15-alpine');
});

test('removes the container also when the copy fails', async () => {
  const answer = docker({ present: true });
  const context = await fakeContext({
    answers: (words, options) => {
      if (words.startsWith('docker cp')) throw new Error('no such file');
      return answer(words, options);
    },
  });
  await expect(dockerWay.find(context)).rejects.toThrow('no such file');
  expect(context.commands).toContain('docker rm c0ffee');
});

function docker({ present }: { present: boolean }): Answers {
  return async (words) => {
    if (words.startsWith('docker image inspect') && !present) throw new Error('No such image');
    if (words.startsWith('docker create')) return 'c0ffee\n';
    if (words.startsWith('docker cp')) await writeFile(words.split(' ').at(-1) ?? '', '');
    return words.endsWith('--version') ? 'nats-server: v2.15.1\n' : '';
  };
}
