import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporary } from '../test/temporary.ts';
import { until } from '../test/until.ts';
import { runCommand } from './command.ts';

const node = (program: string, options = { timeoutMs: 20_000 }) =>
  runCommand(process.execPath, ['-e', program], options);

test('resolves with what a program prints', async () => {
  await expect(node('console.log(1); console.error(2)')).resolves.toEqual({
    stdout: '1\n',
    stderr: '2\n',
  });
});

test('rejects with the last lines of a program that fails', async () => {
  const failure = node('console.error("a\\n\\nb\\nc\\n"); process.exit(3)');
  await expect(failure).rejects.toThrow(`${process.execPath}: b c`);
});

test('rejects with the exit code of a program that fails in silence', async () => {
  await expect(node('process.exit(3)')).rejects.toThrow('exit code 3');
});

test('says that a program is not installed', async () => {
  const failure = runCommand('jetlane-no-such-program', [], { timeoutMs: 20_000 });
  await expect(failure).rejects.toThrow('jetlane-no-such-program: not installed');
});

test('ends a program that takes too long or is no longer wanted', async () => {
  const forever = 'setInterval(() => {}, 1000)';
  await expect(node(forever, { timeoutMs: 50 })).rejects.toThrow('no end in 50 ms');
  const signal = AbortSignal.abort();
  const unwanted = runCommand(process.execPath, ['-e', forever], { timeoutMs: 20_000, signal });
  await expect(unwanted).rejects.toThrow('no longer wanted');
});

test('interrupts a program that runs and is no longer wanted, and waits until it is gone', async () => {
  const stop = new AbortController();
  const directory = await temporary();
  const [started, ended] = [join(directory, 'started'), join(directory, 'ended')];
  const program = `const { writeFileSync } = require('node:fs');
    process.on('SIGINT', () => setTimeout(() => (writeFileSync(${JSON.stringify(ended)}, ''), process.exit()), 50));
    writeFileSync(${JSON.stringify(started)}, '');
    setInterval(() => {}, 1000);`;
  const running = runCommand(process.execPath, ['-e', program], {
    timeoutMs: 20_000,
    signal: stop.signal,
  });
  running.catch(() => {});
  await until('it has started', () => existsSync(started));
  stop.abort();
  const outcome = await running.catch((error: Error) => error.message);
  // On Windows nothing can be interrupted but by ending it.
  if (process.platform !== 'win32') expect(existsSync(ended)).toBe(true);
  else expect(outcome).toContain('no longer wanted');
});
