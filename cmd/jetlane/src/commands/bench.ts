import { addBench as addBenchmarks, type Surroundings } from '@jetlane/bench';
import type { Command } from 'commander';
import { namesServer, resolveTarget } from '../connection/connect-options.ts';
import { addConnectionFlags, type ConnectionFlags } from '../connection/connection-flags.ts';
import type { Shell } from '../shell.ts';

/** `jetlane bench`: the benchmarks of `@jetlane/bench`, with this program's terminal and server flags. */
export function addBench(program: Command, shell: Shell): void {
  const surroundings: Surroundings = {
    io: shell.io,
    interrupt: shell.interrupt,
    get exitCode() {
      return shell.exitCode;
    },
    set exitCode(code) {
      shell.exitCode = code;
    },
    addServerFlags: (command) => void addConnectionFlags(command, 'a nats-server of its own'),
    async resolveServers(flags: ConnectionFlags) {
      if (!namesServer(flags, shell.io.env)) return undefined;
      return (await resolveTarget(flags, shell.io.env)).options;
    },
  };
  addBenchmarks(program, surroundings);
}
