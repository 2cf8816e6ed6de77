/** What all commands share: their surroundings, their exit code, and the form of their help. */

import { type Connection, open } from '@jetlane/core';
import type { Command } from 'commander';
import { Option } from 'commander';
import { resolveTarget } from './connection/connect-options.ts';
import { addConnectionFlags, type ConnectionFlags } from './connection/connection-flags.ts';
import type { Interrupt } from './interrupt.ts';
import type { Io } from './io.ts';

/** The surroundings of a command. */
export interface Shell {
  readonly io: Io;
  readonly interrupt: Interrupt;
  /** What the process ends with; a command sets it where it is not 0. */
  exitCode: number;
}

/** A line of help: what one would type, and what it does. */
export type Example = readonly [command: string, does: string];

/** Adds examples to a command's help. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, does]) => `  $ ${typed.padEnd(width)}  ${does}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Adds `--json`. Without `words`, for commands that print one document. */
export function addJsonFlag(command: Command, words = 'print one JSON document'): Command {
  return command.addOption(new Option('--json', words));
}

/** Adds the connection flags. */
export function addServerFlags(command: Command): Command {
  return addConnectionFlags(command);
}

/** Connects as the flags and the environment say. The caller closes it: `connection.nc.close()`. */
export async function openConnection(shell: Shell, flags: ConnectionFlags): Promise<Connection> {
  const { options } = await resolveTarget(flags, shell.io.env);
  return open({ ...options, name: 'jetlane' });
}

/** Connects, runs `work`, and closes, whatever happens. */
export async function withConnection<T>(
  shell: Shell,
  flags: ConnectionFlags,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(shell, flags);
  try {
    return await work(connection);
  } finally {
    await connection.nc.close();
  }
}
