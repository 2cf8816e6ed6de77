import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Answers, fakeContext } from '../../test/fake-context.ts';
import { until } from '../../test/until.ts';
import { debianMirror, debianWay } from './debian.ts';

const DEB = 'nats-server_2.15.1-1_amd64.deb';

test('finds the mirror in every form that apt knows', () => {
  const deb822 =
    'Types: deb\n# http://old.example/debian\nURIs: http://deb.debian.org/debian\nSuites: bookworm';
  expect(debianMirror(deb822)).toBe('http://deb.debian.org/debian');
  const line = 'deb [arch=amd64 signed-by=/k.gpg] https://mirror.example/debian/ bookworm main';
  expect(debianMirror(line)).toBe('https://mirror.example/debian/');
  const cloud = 'URIs: mirror+file:///etc/apt/mirrors/debian.list';
  expect(debianMirror(cloud)).toBe('mirror+file:///etc/apt/mirrors/debian.list');
});

test('takes neither a security suite nor another distribution for the mirror', () => {
  expect(debianMirror('deb http://deb.debian.org/debian-security x main')).toBeUndefined();
  expect(debianMirror('deb http://archive.ubuntu.com/ubuntu noble main')).toBeUndefined();
  expect(debianMirror('# deb http://deb.debian.org/debian x main')).toBeUndefined();
});

test('does not apply on other systems', async () => {
  await expect(debianWay.find(await fakeContext({ platform: 'darwin' }))).resolves.toBeUndefined();
});

test('fetches the package with apt state of its own and unpacks it into the cache', async () => {
  let list = '';
  const context = await fakeContext({
    answers: apt(async (directory) => {
      list = await readFile(join(directory, 'sid.list'), 'utf8');
    }),
  });
  const found = await debianWay.find(context);
  expect(found).toMatchObject({ version: '2.15.1', via: 'debian' });
  expect(await readdir(context.cacheDir)).toEqual(['2.15.1']);
  expect(list).toMatch(/^deb \[arch=amd64.*\] \S+\/debian\/? sid main\n$/);

  expect(context.steps.map(({ what }) => what)).toEqual([
    'fetching the package list of Debian unstable',
    "fetching Debian's nats-server package",
  ]);
  const updates = context.commands.filter((words) => words.includes(' update'));
  expect(updates).toHaveLength(1);
  expect(updates[0]).toContain('Dir::Etc::SourceParts=/dev/null');
  expect(updates[0]).toContain(`Dir::State::Lists=${context.cacheDir}`);
  expect(context.commands.some((words) => / (install|dist-upgrade)\b/.test(words))).toBe(false);
});

test('never counts bytes backwards, though apt removes what it has unpacked', async () => {
  const context = await fakeContext({
    answers: apt(async (directory) => {
      const archive = join(directory, 'lists', 'partial', 'archive');
      await writeFile(archive, 'x'.repeat(5000));
      await until('it is counted', () => context.steps.some(({ doneBytes }) => doneBytes === 5000));
      await rm(archive);
      const looks = context.steps.length;
      await until('it is looked at again', () => context.steps.length > looks + 1);
    }),
  });
  await debianWay.find(context);
  const counted = context.steps.slice(1, -1).map(({ doneBytes }) => doneBytes ?? 0);
  expect(counted.length).toBeGreaterThan(2);
  expect(counted).toEqual([...counted].sort((a, b) => a - b));
  expect(counted.at(-1)).toBe(5000);
});

test('fails with the reason and leaves nothing when the mirror cannot be reached', async () => {
  const context = await fakeContext({
    answers: apt(async () => {
      throw new Error('apt-get: E: Unable to fetch some archives');
    }),
  });
  await expect(debianWay.find(context)).rejects.toThrow('Unable to fetch some archives');
  expect(await readdir(context.cacheDir)).toEqual([]);
});

test('fails at once where there is no dpkg', async () => {
  await expect(debianWay.find(await fakeContext())).rejects.toThrow('dpkg: not installed');
});

/** apt and dpkg of a machine whose mirror is Debian's own; `onUpdate` sees the directory apt works in. */
function apt(onUpdate: (directory: string) => Promise<void>): Answers {
  return async (words, { cwd = '' }) => {
    if (words === 'dpkg --print-architecture') return 'amd64\n';
    if (words.startsWith('apt-get indextargets')) return 'http://deb.debian.org/debian/\n';
    if (words.includes(' update')) await onUpdate(cwd);
    if (words.includes(' download')) await writeFile(join(cwd, DEB), '');
    if (words.startsWith('dpkg -x')) {
      const place = join(cwd, 'unpacked', 'usr', 'sbin');
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'nats-server'), '');
    }
    return words.endsWith('--version') ? 'nats-server: v2.15.1\n' : '';
  };
}
