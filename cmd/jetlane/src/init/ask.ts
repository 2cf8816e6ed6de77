/** Asks on a terminal for what the command line left open. */
import { basename, resolve } from 'node:path';
import { cancel, intro, isCancel, log, outro, select, spinner, text } from '@clack/prompts';
import { exitCodes, Failure } from '../failure.ts';
import { nameProblem, suggestName } from './app-name.ts';
import type { Stepping } from './create-app.ts';
import { MANAGERS, type Manager } from './manager.ts';
import { placeProblem } from './place.ts';
import { TEMPLATES, type TemplateName } from './template.ts';

/** What may be left open. */
export interface Answers {
  readonly directory: string;
  readonly name: string;
  readonly template: TemplateName;
  readonly manager: Manager;
}

/** What was given; the rest is asked for. */
export interface Given extends Partial<Answers> {
  /** Suggested as the manager. */
  readonly currentManager: Manager;
  readonly force: boolean;
}

/** Asks one question after the other, each with a suggestion. Throws with exit code 130 when one is cancelled. */
export async function ask(given: Given): Promise<Answers> {
  intro('A new Jetlane app');
  const directory = given.directory ?? (await askDirectory(given.force));
  const fromPlace = basename(resolve(directory));
  const name =
    given.name ??
    (nameProblem(fromPlace) === undefined && given.directory !== undefined
      ? fromPlace
      : await askName(suggestName(fromPlace) ?? 'my-app'));
  const template =
    given.template ??
    answered<TemplateName>(
      await select({
        message: 'What should it begin with?',
        options: TEMPLATES.map((each) => ({
          value: each.name,
          label: each.name,
          hint: each.shows,
        })),
      }),
    );
  const manager =
    given.manager ??
    answered<Manager>(
      await select({
        message: 'Which package manager?',
        initialValue: given.currentManager,
        options: MANAGERS.map((value) => ({ value, label: value })),
      }),
    );
  return { directory, name, template, manager };
}

/** Shows each step, and how long it takes. */
export const promptSteps: Stepping = (title) => {
  const spinning = spinner({ indicator: 'timer' });
  spinning.start(title);
  return (done) => spinning.stop(done);
};

/** The last words. */
export function close(lines: readonly string[]): void {
  log.message(lines.join('\n'));
  outro('Have fun');
}

async function askDirectory(force: boolean): Promise<string> {
  for (let problem: string | undefined; ; ) {
    const directory = answered<string>(
      await text({
        message: problem === undefined ? 'Where?' : `${problem}. Where?`,
        placeholder: 'my-app',
        defaultValue: 'my-app',
      }),
    );
    problem = await placeProblem(resolve(directory), { force });
    if (problem === undefined) return directory;
  }
}

async function askName(initialValue: string): Promise<string> {
  const message = 'What is it called?';
  return answered<string>(
    await text({ message, initialValue, validate: (value) => nameProblem(value ?? '') }),
  );
}

function answered<T>(answer: T | symbol): T {
  if (!isCancel(answer)) return answer as T;
  cancel('Nothing was written.');
  throw new Failure('cancelled', exitCodes.interrupted);
}
