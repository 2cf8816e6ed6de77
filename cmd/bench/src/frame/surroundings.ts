/** What the command line lends to the benchmarks: its streams, its signals, its way to find a server. */
import type { ConnectOptions } from '@jetlane/core';
import type { Command } from 'commander';

/** How to reach servers, as plain data that can be sent to another process. */
export type ServerOptions = Pick<ConnectOptions, 'servers' | 'auth' | 'tls' | 'domain' | 'nats'>;

/** See the head of this file. */
export interface Surroundings {
  readonly io: {
    /** Results, to stdout. */
    out(text: string): void;
    /** Progress and problems, to stderr. */
    err(text: string): void;
    /** One JSON document on one line, to stdout. */
    json(value: unknown): void;
    /** Whether stdout is a terminal. */
    readonly tty: boolean;
    /** Width of the terminal. */
    readonly columns: number | undefined;
  };
  readonly interrupt: {
    /** Resolves with the first signal that asks to end; each later one calls `force`. */
    take(force: () => void): Promise<string>;
  };
  /** What the process ends with. */
  exitCode: number;
  /** Adds the flags by which every command reaches a server. */
  addServerFlags(command: Command): void;
  /** Where these flags and the environment say to connect; undefined when neither names a server. */
  resolveServers(flags: object): Promise<ServerOptions | undefined>;
}
