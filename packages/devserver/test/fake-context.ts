/** A context for ways whose every touch of the machine is the test's own. */
import { join } from 'node:path';
import type { RunCommand } from '../src/command.ts';
import type { FindContext } from '../src/way.ts';
import { temporary } from './temporary.ts';

/** Answers a command by its words; throwing makes the command fail. */
export type Answers = (
  words: string,
  options: Parameters<RunCommand>[2],
) => string | Promise<string>;

type Step = Parameters<FindContext['progress']>[0];

/** Linux on x64 with an empty cache, no network and no programs, unless `changes` says otherwise. */
export async function fakeContext(
  changes: Partial<FindContext> & { answers?: Answers } = {},
): Promise<
  FindContext & { readonly lines: string[]; readonly commands: string[]; readonly steps: Step[] }
> {
  const { answers, ...others } = changes;
  const lines: string[] = [];
  const commands: string[] = [];
  const steps: Step[] = [];
  return {
    env: {},
    platform: 'linux',
    arch: 'x64',
    cacheDir: join(await temporary(), 'nats-server'),
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    progress: (step) => steps.push(step),
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    run: async (command, args, options) => {
      const words = [command, ...args].join(' ');
      commands.push(words);
      if (answers === undefined) throw new Error(`${command}: not installed`);
      return { stdout: await answers(words, options), stderr: '' };
    },
    lines,
    commands,
    steps,
    ...others,
  };
}
