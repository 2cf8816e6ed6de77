import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { belongingHere, missing, nodeVersion } from './prepare.mjs';
import { failure, root, run, shortened, step, stop } from './steps.mjs';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'setup-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the Node version', () => {
  it.each(['18.20.8', '20.18.3', '20.0.0'])('%s is refused in one sentence', (version) => {
    expect(() => nodeVersion(version)).toThrow(`needs Node 20.19 or later, this is ${version}`);
  });

  it.each(['20.19.0', '22.0.0', '24.11.1', '26.0.0-nightly'])('%s is accepted', (version) => {
    expect(() => nodeVersion(version)).not.toThrow();
  });
});

describe('what is not installed', () => {
  const lock = { '': {}, a: { version: '1' }, mac: { version: '1', optional: true } };

  it('is nothing when all locked versions are there', () => {
    expect(missing(lock, { a: { version: '1' } })).toEqual([]);
  });

  it('is what has another version, or none', () => {
    expect(missing(lock, { a: { version: '2' } })).toEqual(['a']);
    expect(missing(lock, {})).toEqual(['a']);
    expect(missing(lock, { a: { version: '1' }, mac: { version: '2' } })).toEqual(['mac']);
  });
});

describe('what is to be installed', () => {
  const lock = {
    '': {},
    'packages/core': {},
    'node_modules/@jetlane/core': { link: true },
    'node_modules/a': {},
    'node_modules/a/node_modules/b': {},
    'node_modules/mac': { os: ['darwin'] },
    'node_modules/notwin': { os: ['!win32'], cpu: ['x64', 'arm64'] },
    'node_modules/arm': { os: ['linux'], cpu: ['arm64'] },
  };

  it('leaves out links and what is for other platforms', () => {
    expect(belongingHere(lock, { platform: 'linux', arch: 'x64' })).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/notwin',
    ]);
  });
});

describe('a step', () => {
  it('shows what its command said only when it fails, and without what was taken from it', async () => {
    const code = "console.log('chatter'); console.error('the error'); process.exit(1)";
    const written: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write;
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line) > 0 && line === 'chatter';
    const failed = step('it', () => run(process.execPath, ['-e', code], { onLine }));
    await failed.catch(() => {});
    process.stderr.write = write;
    await expect(failed).rejects.toMatchObject({ exitCode: 1 });
    expect(lines.sort()).toEqual(['chatter', 'the error']);
    expect(written.join('')).toBe('the error\n');
  });

  it('ends with the exit code of its command', async () => {
    const failed = run(process.execPath, ['-e', 'process.exit(3)']);
    await expect(failed).rejects.toMatchObject({ message: 'exit code 3', exitCode: 3 });
  });

  it('shows a stack only for what nobody foresaw', () => {
    expect(failure(stop('no', 2))).toEqual({ words: 'no', exitCode: 2 });
    expect(failure(new Error('odd')).words).toContain('setup.test.ts');
  });
});

describe('the line in progress', () => {
  it('keeps what moves where it is too long', () => {
    const words = 'cmd/location, 3 of 11 packages (27 %)';
    expect(shortened(words, 37)).toBe(words);
    expect(shortened(words, 25)).toBe('cmd/…f 11 packages (27 %)');
    expect(shortened(words, 25)).toHaveLength(25);
  });
});

describe('the front door', () => {
  it('names its jobs when it does not know one', () => {
    const { status, stderr } = node(['.config/setup.mjs', 'strat']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        'no job "strat": expected one of start, test, verify, build, bench, chaos, simulate, fuzz, newcomer, screenshots, api, packages, release, docs\n',
    });
  });

  it('hands over the arguments, the exit code, and one Ctrl-C once', () => {
    const program = join(scratch, 'program.mjs');
    writeFileSync(
      program,
      `let interrupts = 0;
      process.on('SIGINT', () => { interrupts += 1; });
      for (let copies = 0; copies < 3; copies += 1) process.emit('SIGINT', 'SIGINT');
      console.log(JSON.stringify({ interrupts, args: process.argv.slice(2) }));
      process.exitCode = 7;`,
    );
    const module = JSON.stringify(pathToFileURL(join(root, '.config/handover.mjs')).href);
    const place = JSON.stringify(relative(root, program));
    const script = `import(${module}).then((m) => m.handOver(${place}, ['--seed', '7']))`;
    const { status, stdout } = node(['-e', script]);
    expect(JSON.parse(stdout)).toEqual({ interrupts: 1, args: ['--seed', '7'] });
    expect(status).toBe(7);
  });
});

describe('the totals', () => {
  const report = { numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, testResults: [] };

  it('end with the counts of a good run', () => {
    expect(totals(report, 0)).toEqual({ status: 0, last: '2 passed, 0 failed' });
  });

  it('count a failed test, and a file that did not load', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const failed = { ...report, numFailedTests: 1, testResults: [broken] };
    expect(totals(failed, 1)).toEqual({ status: 1, last: '2 passed, 2 failed' });
  });

  it('never call a run good that stopped elsewhere, or that ran no test', () => {
    expect(totals(undefined, 3)).toEqual({ status: 3, last: '0 passed, 1 failed' });
    expect(totals(report, 1)).toEqual({ status: 1, last: '2 passed, 1 failed' });
    const empty = { ...report, numPassedTests: 0 };
    expect(totals(empty, 0)).toEqual({ status: 1, last: '0 passed, 1 failed' });
  });

  function totals(content: object | undefined, exitCode: number) {
    const file = join(scratch, 'report.json');
    rmSync(file, { force: true });
    if (content) writeFileSync(file, JSON.stringify(content));
    const { status, stdout } = node(['.config/totals.mjs', file, String(exitCode)]);
    return { status, last: stdout.trimEnd().split('\n').at(-1) };
  }
});

function node(args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
}
