import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LedgerFile, LedgerReader, until } from '@jetlane/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

const fixture = new URL('./fixtures/ledger-writer.mjs', import.meta.url).pathname;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jetlane-ledger-'));
  path = join(folder, 'ledger.jsonl');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('tells the reader everything, as it comes', () => {
  using writer = new LedgerFile(path, 'p1');
  using reader = new LedgerReader(path);
  writer.sent('a\n"ü"');
  writer.acked('a\n"ü"');
  expect(reader.read().lost()).toEqual(['a\n"ü"']);
  writer.began('a\n"ü"', { key: 'k', seq: 2 });
  writer.effect('a\n"ü"');
  writer.delivered('a\n"ü"', { key: 'k', seq: 2 });
  writer.failed('b', { key: 'k', seq: 1 });
  writer.gone('p0');
  expect(reader.read().lost()).toEqual([]);
  expect(reader.read().counts).toEqual({ sent: 1, acked: 1, delivered: 1, effects: 1 });
  expect(reader.torn).toBe(0);
});

it('names each writer, and when', () => {
  const entries: unknown[] = [];
  using one = new LedgerFile(path, 'p1');
  using two = new LedgerFile(path);
  one.sent('a');
  two.delivered('a', { key: 'k', seq: 7 });
  using reader = new LedgerReader(path, (entry) => entries.push(entry));
  reader.read();
  expect(entries).toEqual([
    { event: 'sent', id: 'a', by: 'p1', atMs: expect.any(Number) },
    { event: 'delivered', id: 'a', by: two.by, atMs: expect.any(Number), key: 'k', seq: 7 },
  ]);
  expect(two.by).toContain(String(process.pid));
});

it('waits for the rest of a line, and skips one that stays torn', () => {
  using writer = new LedgerFile(path, 'p1');
  using reader = new LedgerReader(path);
  appendFileSync(path, '\n["acked","a","p0"');
  expect(reader.read().counts.acked).toBe(0);
  appendFileSync(path, ',1]');
  expect(reader.read().counts.acked).toBe(1);
  appendFileSync(path, '\n["acked","b"');
  writer.acked('c');
  expect(reader.read().lost()).toEqual(['a', 'c']);
  expect(reader.torn).toBe(1);
});

it('keeps every entry that a killed process had written, and those of the others', async () => {
  new LedgerFile(path, 'p0').close();
  using reader = new LedgerReader(path);
  const writers = ['p1', 'p2', 'p3'];
  const ended = writers.map(async (name, n) => {
    const child = fork(fixture, [path, name], { stdio: 'ignore' });
    await until(
      async () => (await stat(path)).size > (n + 1) * 300_000,
      20_000,
      'the ledger to grow',
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await Promise.all(ended);
  const ledger = reader.read();
  // Each writer's entries are numbered: none is missing before its last.
  const numbers = writers.map((name) =>
    ledger
      .lost()
      .filter((id) => id.startsWith(`${name}-`))
      .map((id) => Number(id.split('-')[1])),
  );
  for (const own of numbers) expect(own).toEqual(own.map((_, n) => n));
  expect(numbers.flat().length).toBeGreaterThan(500);
  expect(reader.torn).toBeLessThanOrEqual(writers.length);
}, 60_000);
