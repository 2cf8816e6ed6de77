/** Runs a program to its end, without a shell. */
import { execFile } from 'node:child_process';

/** What a program printed. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; rejects when it cannot start, exits with another code than 0, or does not end in time. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options: {
    timeoutMs: number;
    signal?: AbortSignal;
    cwd?: string;
    env?: Readonly<Record<string, string | undefined>>;
  },
) => Promise<CommandOutput>;

const OUTPUT_MAX = 16 * 1024 * 1024;

/** The real one. The error says which program and its last line on stderr. */
export const runCommand: RunCommand = (command, args, options) =>
  new Promise((resolve, reject) => {
    const { timeoutMs, ...rest } = options;
    execFile(
      command,
      [...args],
      {
        ...rest,
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_MAX,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ stdout, stderr });
        const missing = error.code === 'ENOENT';
        const late = error.killed === true || error.code === 'ABORT_ERR';
        const said = stderr.trim().split('\n').at(-1) || error.message.split('\n')[0];
        const what = missing ? 'not installed' : late ? `no end in ${timeoutMs} ms` : said;
        reject(new Error(`${command}: ${what}`, { cause: error }));
      },
    );
  });
