/** Entry of the command line: parses, runs one command, and ends the process with its exit code. */
import { CommanderError } from 'commander';
import { exitCodes, Failure, messageOf } from './failure.ts';
import { processInterrupt } from './interrupt.ts';
import { processIo } from './io.ts';
import { createProgram } from './program.ts';
import type { Shell } from './shell.ts';
import { printable } from './terminal/printable.ts';

/**
 * Runs the command line with these arguments, prints what it has to say, and ends the process: 0 done, 1 failed,
 * 2 wrong usage, 3 `streams plan` found changes, 130 interrupted.
 *
 * @example
 * ```ts
 * await main(['streams', 'ls', '--json']);
 * ```
 */
export async function main(args: readonly string[]): Promise<never> {
  const io = processIo();
  const shell: Shell = { io, interrupt: processInterrupt(), exitCode: exitCodes.done };
  const code = await run(args, shell);
  await io.flush();
  // An application that was loaded may hold handles of its own open.
  process.exit(code);
}

/** Runs the command line and answers the exit code; throws nothing. */
export async function run(args: readonly string[], shell: Shell): Promise<number> {
  try {
    const program = createProgram(shell);
    await program.parseAsync(args.length === 0 ? ['help'] : [...args], { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return isHelp(error) ? exitCodes.done : exitCodes.usage;
    return report(error, shell, args.includes('--debug'));
  }
}

function isHelp({ code, exitCode }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help' || code === 'commander.helpDisplayed';
}

function report(error: unknown, { io }: Shell, debug: boolean): number {
  io.err(`${io.errStyle.red('jetlane:')} ${printable(messageOf(error))}`);
  if (debug || (io.env.JETLANE_DEBUG ?? '') !== '') io.err(stackOf(error));
  return error instanceof Failure ? error.exitCode : exitCodes.failed;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
