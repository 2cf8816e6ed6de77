import { basename, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { Failure, usageFailure } from '../failure.ts';
import { nameProblem } from '../init/app-name.ts';
import type { Answers } from '../init/ask.ts';
import { type AppChoice, createApp, type Stepping } from '../init/create-app.ts';
import { currentManager, isInstalled, MANAGERS, type Manager, runWords } from '../init/manager.ts';
import { placeProblem } from '../init/place.ts';
import { TEMPLATES, type TemplateName } from '../init/template.ts';
import { findClone } from '../init/vendor.ts';
import type { Io } from '../io.ts';
import { addExamples, type Shell } from '../shell.ts';

interface Flags {
  readonly name?: string;
  readonly template?: TemplateName;
  readonly packageManager?: Manager;
  readonly yes?: boolean;
  readonly install: boolean;
  readonly force?: boolean;
}

/** `jetlane init`: a small app to begin with. */
export function addInit(program: Command, shell: Shell): void {
  const command = program
    .command('init')
    .summary('make a small app to begin with')
    .description(
      'Writes a small app into DIR: messages, a stream, workers, a test that needs no server, a compose file; and installs what it needs. On a terminal it asks for what is not given. Nothing is written before everything has been checked.',
    )
    .argument('[DIR]', 'directory of the app, new or empty')
    .option('--name <name>', "what it is called (default: as DIR's last part)")
    .addOption(
      new Option(
        '--template <name>',
        `what to begin with: ${TEMPLATES.map(({ name, shows }) => `${name} (${shows})`).join('; ')} (default: orders)`,
      ).choices(TEMPLATES.map(({ name }) => name)),
    )
    .addOption(
      new Option(
        '--package-manager <name>',
        'who installs (default: the one that runs this, else npm)',
      ).choices(MANAGERS),
    )
    .option('-y, --yes', 'ask nothing: take what is given, and defaults')
    .option('--no-install', 'write the files only')
    .option('--force', 'also where DIR holds other files; those of the same names are replaced')
    .action(async (directory: string | undefined, flags: Flags) => {
      await init(directory, flags, shell.io);
    });
  addExamples(command, [
    ['jetlane init my-app', 'asks for the rest'],
    ['jetlane init my-app --yes --template sensors', 'asks nothing'],
    [
      'jetlane init . --force --no-install',
      'into a project that is there: its package.json and files of the same names are replaced',
    ],
  ]);
}

async function init(directory: string | undefined, flags: Flags, io: Io): Promise<void> {
  const asks = flags.yes !== true && io.tty && io.stdin.isTTY === true;
  if (directory === undefined && !asks) throw usageFailure('init needs a DIR to write into');
  // What is wrong already need not be asked around.
  if (directory !== undefined) await checkPlace(directory, flags);
  const manager = currentManager(io.env);
  const given = {
    ...(directory === undefined ? {} : { directory }),
    ...(flags.name === undefined ? {} : { name: checkedName(flags.name) }),
    ...(flags.template === undefined ? {} : { template: flags.template }),
    ...(flags.packageManager === undefined ? {} : { manager: flags.packageManager }),
  };
  // Only who is asked needs what asks.
  const conversation = asks ? await import('../init/ask.ts') : undefined;
  const answers: Answers = conversation
    ? await conversation.ask({ ...given, currentManager: manager, force: flags.force === true })
    : {
        directory: directory as string,
        template: 'orders',
        manager,
        ...given,
        name: given.name ?? checkedName(basename(resolve(directory as string))),
      };
  const choice: AppChoice = {
    ...answers,
    directory: resolve(answers.directory),
    install: flags.install,
    clone: await findClone(),
  };
  if (choice.install && !(await isInstalled(choice.manager)))
    throw new Failure(
      `${choice.manager} is not installed: choose another --package-manager, or --no-install`,
    );
  const written = await createApp(choice, conversation?.promptSteps ?? lineSteps(io));
  const lines = closingLines(choice, written, io);
  if (conversation) conversation.close(lines);
  else for (const line of lines) io.out(line);
}

async function checkPlace(directory: string, { force }: Flags): Promise<void> {
  const problem = await placeProblem(resolve(directory), { force: force === true });
  if (problem !== undefined) throw new Failure(problem);
}

function checkedName(name: string): string {
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw usageFailure(
    `${problem}${problem.includes(': take') ? ' with --name' : '; give one with --name'}`,
  );
}

function lineSteps(io: Io): Stepping {
  return (title) => {
    io.err(title);
    return () => {};
  };
}

/** What was made, and what to do with it. */
function closingLines(choice: AppChoice, written: readonly string[], { style }: Io): string[] {
  const { manager, directory, name, clone } = choice;
  const here = relative(process.cwd(), directory);
  const steps: (readonly [string, string])[] = [
    ...(here === '' ? [] : [[`cd ${here}`, ''] as const]),
    ...(choice.install ? [] : [[`${manager} install`, ''] as const]),
    [runWords(manager, 'test'), 'with the in-process bus: no server'],
    [runWords(manager, 'dev'), 'a nats-server and the workers, loaded again as you type'],
    [runWords(manager, 'send'), 'in another terminal: messages for them'],
    [runWords(manager, 'top'), 'and what becomes of them, live'],
  ];
  const width = Math.max(...steps.map(([words]) => words.length));
  const lines = steps.map(
    ([words, does]) => `  ${style.bold(words.padEnd(width))}  ${style.dim(does)}`,
  );
  const head = `${name}: ${written.length} files in ${directory}`;
  const source =
    clone === undefined
      ? []
      : ['', 'Jetlane itself comes from this clone, as tarballs in vendor/: it is not on npm yet.'];
  return [head, '', ...lines.map((line) => line.trimEnd()), ...source];
}
