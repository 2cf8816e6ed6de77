/** The tutorial, and other pages that say so, followed literally: with a real nats-server, and kill -9 where they say it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../generate/places.ts';
import { endOf, type Step, stepsOf, walkOf } from './page-steps.ts';
import { Reader } from './reader.ts';

interface Walked {
  readonly page: string;
  readonly name: string;
  readonly place: number;
  readonly text: string;
}

const PAGE_TIMEOUT_MS = 300_000;

const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'docs/*.md'], {
  cwd: root,
  encoding: 'utf8',
});
const walked = listed
  .trim()
  .split('\n')
  .flatMap((page): Walked[] => {
    const text = readFileSync(join(root, page), 'utf8');
    const walk = walkOf(text);
    return walk === undefined ? [] : [{ page, text, ...walk }];
  })
  .sort((one, other) => one.place - other.place);

for (const name of new Set(walked.map((each) => each.name))) {
  describe.skipIf(process.platform === 'win32')(`whoever follows the ${name} pages`, () => {
    let reader: Reader;
    let stuck = false;
    beforeAll(() => {
      reader = new Reader(name);
    });
    afterAll(async () => {
      await reader[Symbol.asyncDispose]();
    });

    for (const { page, text } of walked.filter((each) => each.name === name))
      it(`sees in ${page} what it says`, { timeout: PAGE_TIMEOUT_MS }, async () => {
        expect(stuck, 'a page before this one did not work').toBe(false);
        stuck = true;
        const steps = stepsOf(text);
        expect(steps.length).toBeGreaterThan(0);
        for (const step of steps) await reader.take(step);
        stuck = false;
      });
  });
}

describe('a page', () => {
  it('is followed by what its blocks are marked with', () => {
    const page = [
      '<!-- file: a.ts -->',
      '',
      '```ts',
      'a();',
      '```',
      '',
      '<!-- terminal: worker -->',
      '',
      '```sh',
      'npx jiti a.ts',
      '```',
      '',
      '```text',
      'waiting',
      '```',
      '<!-- stop: worker -->',
      '```sh',
      'ls',
      '```',
      '```text',
      'a.ts',
      '```',
    ].join('\n');
    const did = stepsOf(page).map(({ line: _, ...step }): Omit<Step, 'line'> => step);
    expect(did).toEqual([
      { does: 'save', file: 'a.ts', text: 'a();\n' },
      { does: 'start', script: 'npx jiti a.ts', terminal: 'worker' },
      { does: 'see', terminal: 'worker', text: 'waiting' },
      { does: 'stop', terminal: 'worker' },
      { does: 'run', script: 'ls', exitCode: 0, prints: 'a.ts', again: false },
    ]);
  });

  it('may not leave its reader alone with a block', () => {
    expect(() => stepsOf('```text\nwhat?\n```')).toThrow('line 1');
  });

  it.each([
    ['one\ntwo', 'zero\none\ntwo\nthree\n', true],
    ['one\nthree', 'one\ntwo\nthree\n', false],
    ['one\n…\nthree', 'one\ntwo\nthree\n', true],
    ['pid … ended', 'pid 4711 ended\n', true],
    ['pid …', 'a pid 4711\n', false],
    ['one', 'one and more\n', false],
    ['a (b) [c]', 'a (b) [c]', true],
  ])('says %j of the output %j: %s', (expected, output, isThere) => {
    expect(endOf(expected, output) !== undefined).toBe(isThere);
  });
});
