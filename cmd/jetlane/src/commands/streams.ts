import { apply, collect, type ExportFormat, exportTopology, plan } from '@jetlane/core';
import { type Command, Option } from 'commander';
import { loadApp } from '../app/load-app.ts';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes } from '../failure.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { appliedLines, planLines } from './plan-view.ts';
import { listStreams, streamLines } from './stream-list.ts';

interface Flags extends ConnectionFlags {
  readonly json?: boolean;
  readonly allowDestructive?: boolean;
  readonly format?: ExportFormat;
}

const APP_HELP = 'module of the app (default: app.ts or src/app.ts)';

/** `jetlane streams`: the declared streams and durables against a server. */
export function addStreams(program: Command, shell: Shell): void {
  const streams = program
    .command('streams')
    .summary('compare, apply, list and export streams')
    .description('The streams and durable consumers that an app declares, and what a server has.');
  addExamples(streams, [
    ['jetlane streams plan src/app.ts', 'exit code 3 when the server differs'],
    ['jetlane streams apply src/app.ts', 'make the server match'],
    ['jetlane streams ls', 'all streams of the server'],
  ]);
  addPlan(streams, shell);
  addApply(streams, shell);
  addList(streams, shell);
  addExport(streams, shell);
}

function addPlan(streams: Command, shell: Shell): void {
  const command = streams
    .command('plan')
    .summary('say what apply would change')
    .description(
      'Compares what the app declares with the server. Changes nothing. Exit code 3 when they differ.',
    )
    .argument('[APP]', APP_HELP)
    .action(async (path: string | undefined, flags: Flags) => {
      const topology = collect([(await loadApp(path)).app]);
      await withConnection(shell, flags, async (connection) => {
        const found = await plan(connection, topology);
        if (flags.json) shell.io.json(found);
        else for (const line of planLines(found, shell.io)) shell.io.out(line);
        if (found.changes.length > 0) shell.exitCode = exitCodes.changes;
      });
    });
  addServerFlags(addJsonFlag(command));
  addExamples(command, [
    ['jetlane streams plan', 'the app of this project'],
    ['jetlane streams plan src/app.ts --json', 'for a script'],
    ['jetlane streams plan src/app.ts --context staging', 'on a context of the nats CLI'],
  ]);
}

function addApply(streams: Command, shell: Shell): void {
  const command = streams
    .command('apply')
    .summary('make the server match what the app declares')
    .description(
      'Creates and changes streams and durables. Applying again changes nothing. What would drop messages or cannot be undone is refused without --allow-destructive.',
    )
    .argument('[APP]', APP_HELP)
    .option('--allow-destructive', 'also do what drops messages or delivers some again')
    .action(async (path: string | undefined, flags: Flags) => {
      const topology = collect([(await loadApp(path)).app]);
      await withConnection(shell, flags, async (connection) => {
        const found = await plan(connection, topology);
        const { allowDestructive = false } = flags;
        const applied = await apply(connection, found, { allowDestructive });
        if (flags.json) shell.io.json({ ...applied, warnings: found.warnings });
        else for (const line of appliedLines(found, shell.io)) shell.io.out(line);
      });
    });
  addServerFlags(addJsonFlag(command));
  addExamples(command, [
    ['jetlane streams apply src/app.ts', 'create and change in place'],
    ['jetlane streams apply src/app.ts --allow-destructive', 'recreate what must be'],
  ]);
}

function addList(streams: Command, shell: Shell): void {
  const command = streams
    .command('ls')
    .summary('list streams and their consumers')
    .description('Lists the streams of the server; with APP those that the app declares.')
    .argument('[APP]', 'module of the app; without it all streams are listed')
    .action(async (path: string | undefined, flags: Flags) => {
      const declared = path === undefined ? undefined : collect([(await loadApp(path)).app]);
      await withConnection(shell, flags, async ({ jsm }) => {
        const names = declared?.streams.map(({ name }) => name);
        const listed = await listStreams(jsm, names);
        if (flags.json) shell.io.json(listed);
        else for (const line of streamLines(listed, shell.io)) shell.io.out(line);
      });
    });
  addServerFlags(addJsonFlag(command));
  addExamples(command, [
    ['jetlane streams ls', 'all streams'],
    ['jetlane streams ls src/app.ts --json', 'those of an app, for a script'],
  ]);
}

function addExport(streams: Command, shell: Shell): void {
  const command = streams
    .command('export')
    .summary('print the declared streams in the form of other tools')
    .description(
      'Prints what the app declares for the nats CLI, the NACK operator or Terraform. Needs no server.',
    )
    .argument('[APP]', APP_HELP)
    .addOption(
      new Option(
        '--format <name>',
        'nats: JSON for the nats CLI; nack: Kubernetes resources; terraform: HCL',
      )
        .choices(['nats', 'nack', 'terraform'])
        .default('nats'),
    )
    .action(async (path: string | undefined, flags: Flags) => {
      const topology = collect([(await loadApp(path)).app]);
      shell.io.out(exportTopology(topology, flags.format ?? 'nats'));
    });
  addExamples(command, [
    ['jetlane streams export src/app.ts --format nack > streams.yaml', 'for Kubernetes'],
    ['jetlane streams export src/app.ts --format terraform', 'for Terraform'],
  ]);
}
