import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBench } from './commands/bench.ts';
import { addCompletion } from './commands/completion.ts';
import { addDlq } from './commands/dlq.ts';
import { addDoctor } from './commands/doctor.ts';
import { addInit } from './commands/init.ts';
import { addPartitions } from './commands/partitions.ts';
import { addPause } from './commands/pause.ts';
import { addPublish } from './commands/publish.ts';
import { addServer } from './commands/server.ts';
import { addStreams } from './commands/streams.ts';
import { addStudio } from './commands/studio.ts';
import { addTail } from './commands/tail.ts';
import { addTop } from './commands/top.ts';
import { addWorker } from './commands/worker.ts';
import { addExamples, type Shell } from './shell.ts';

/** The whole command tree. Help, completion and documentation are made from it. */
export function createProgram(shell: Shell): Command {
  const program = new Command('jetlane')
    .description('Low-latency typed messaging for Node on NATS JetStream')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option('--debug', 'show stack traces (JETLANE_DEBUG=1)')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => shell.io.out(text),
      writeErr: (text) => shell.io.err(text),
      outputError: (text, write) => write(`jetlane: ${text.replace(/^error: /, '')}`),
      getOutHelpWidth: () => shell.io.columns ?? 100,
      getErrHelpWidth: () => shell.io.columns ?? 100,
      getOutHasColors: () => shell.io.style.enabled,
      getErrHasColors: () => shell.io.errStyle.enabled,
    });
  addExamples(program, [
    ['jetlane init my-app', 'a small app to begin with'],
    ['jetlane server', 'a nats-server with JetStream, for development'],
    ['jetlane streams plan src/app.ts', 'what a deployment would change'],
    ['jetlane worker src/app.ts', 'run its workers'],
    ['jetlane top', 'watch streams, lag, latencies and dead letters'],
    ["jetlane tail 'orders.>'", 'watch messages pass'],
    ['jetlane studio src/app.ts --open', 'all of it on a page'],
  ]);
  program.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 `streams plan` found changes, 130 interrupted',
  );
  for (const add of COMMANDS) add(program, shell);
  pointToHelp(program, 'jetlane');
  return program;
}

/** After words about wrong usage: where right usage is told, of that very command. */
function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`see '${name} --help'`);
  for (const each of command.commands) pointToHelp(each, `${name} ${each.name()}`);
}

/** Of this package. */
function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const COMMANDS = [
  addInit,
  addServer,
  addStreams,
  addWorker,
  addPublish,
  addTail,
  addTop,
  addDlq,
  addPartitions,
  addPause,
  addStudio,
  addDoctor,
  addBench,
  addCompletion,
];
