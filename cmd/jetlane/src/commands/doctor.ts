import {
  captureAdvisories,
  collect,
  doctor,
  type Finding,
  type Swept,
  sweep,
  toFinding,
} from '@jetlane/core';
import type { Command } from 'commander';
import { loadApp } from '../app/load-app.ts';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes, usageFailure } from '../failure.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { oneLine, printable } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';

interface Flags extends ConnectionFlags {
  readonly app?: string;
  readonly capture?: boolean;
  readonly sweep?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `jetlane doctor`: what is wrong with a deployment, and how to mend it. */
export function addDoctor(program: Command, shell: Shell): void {
  const command = program
    .command('doctor')
    .summary('find out what is wrong with a deployment')
    .description(
      'Looks at the server and what Jetlane has on it, and says what is wrong and how to mend it; with an app also where the server differs from what it declares. Exit code 1 when something fails.',
    )
    .argument('[APP]', 'module of the app; without it the drift is not checked')
    .option('--app <APP>', 'the same, as an option')
    .option(
      '--capture',
      'from now on note, in a stream, which messages consumers of others give up on',
    )
    .option(
      '--sweep',
      'make dead letters of what consumers of others gave up on, as far as it can be told',
    )
    .option('--dry-run', 'only say what --sweep would bury')
    .action(async (path: string | undefined, flags: Flags) => {
      shell.exitCode = await examine(path ?? flags.app, flags, shell);
    });
  addServerFlags(addJsonFlag(command));
  addExamples(command, [
    ['jetlane doctor', 'the server and its streams'],
    ['jetlane doctor --sweep --dry-run', 'what other consumers gave up on'],
    ['jetlane doctor src/app.ts', 'and the drift from what the app declares'],
    ['jetlane doctor src/app.ts --json', 'for a script'],
  ]);
}

async function examine(path: string | undefined, flags: Flags, shell: Shell): Promise<number> {
  const { io } = shell;
  if (flags.dryRun && !flags.sweep) throw usageFailure('--dry-run goes with --sweep');
  const topology = path === undefined ? undefined : collect([(await loadApp(path)).app]);
  let swept: Swept[] | undefined;
  const findings = await withConnection(shell, flags, async (connection) => {
    if (flags.capture) await captureAdvisories(connection);
    if (flags.sweep) swept = await sweep(connection, { dryRun: flags.dryRun === true });
    return doctor(connection, topology);
  }).catch((error: unknown) => {
    // A script gets a document in any case; a reader is served best by the sentence.
    if (!flags.json) throw error;
    return [toFinding(error)];
  });
  if (flags.json) io.json({ findings, ...(swept === undefined ? {} : { swept }) });
  else {
    if (flags.capture)
      io.out('From now on it is noted what other consumers give up on: jetlane doctor --sweep.');
    for (const line of sweptLines(swept, flags)) io.out(line);
    for (const line of findingLines(findings, io.style)) io.out(line);
  }
  return findings.some(({ level }) => level === 'error') ? exitCodes.failed : exitCodes.done;
}

function sweptLines(swept: readonly Swept[] | undefined, { dryRun }: Flags): string[] {
  if (swept === undefined) return [];
  if (swept.length === 0) return ['No consumer gives up by itself: nothing to sweep.'];
  return swept.map(({ stream, consumer, buried, left }) => {
    const name = `consumer ${oneLine(consumer)} of ${oneLine(stream)}`;
    const verb = dryRun ? 'would bury' : 'buried';
    return `${name}: ${verb} ${buried.length}${left === undefined ? '' : `; ${left}`}`;
  });
}

/** Findings as lines, what fails last, where it is seen. Exported for its tests. */
export function findingLines(findings: readonly Finding[], style: Style): string[] {
  const order = { ok: 0, warning: 1, error: 2 };
  const sorted = [...findings].sort((a, b) => order[a.level] - order[b.level]);
  const lines = sorted.flatMap(({ level, check, what, fix }) => {
    const sign = {
      ok: style.green('ok  '),
      warning: style.yellow('warn'),
      error: style.red('FAIL'),
    }[level];
    const mend = fix === '' ? [] : [`     ${style.cyan('fix:')} ${printable(fix)}`];
    return [`${sign} ${style.bold(check)}: ${printable(what)}`, ...mend];
  });
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  const sum =
    errors > 0
      ? style.red(`${errors} failed, ${warnings} to know about.`)
      : warnings > 0
        ? style.yellow(`Nothing fails; ${warnings} to know about.`)
        : style.green('All is well.');
  return [...lines, sum];
}
