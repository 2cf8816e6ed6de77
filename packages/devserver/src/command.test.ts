import { expect, test } from 'vitest';
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
