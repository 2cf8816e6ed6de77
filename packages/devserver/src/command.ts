/** Runs a program to its end, without a shell. */
import { type ExecFileException, execFile } from 'node:child_process';

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

/** The real one. The error says which program and its last lines on stderr. */
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
        const what = reasonOf(error, stderr, timeoutMs).replace(`${command}: `, '');
        reject(new Error(`${command}: ${what}`, { cause: error }));
      },
    );
  });

function reasonOf(error: ExecFileException, stderr: string, timeoutMs: number): string {
  if (error.code === 'ENOENT') return 'not installed';
  if (error.code === 'ABORT_ERR') return 'ended, no longer wanted';
  if (error.killed === true) return `no end in ${timeoutMs} ms`;
  return lastLines(stderr) || `exit code ${error.code}`;
}

// Two: the last one is often only "failed".
function lastLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-2)
    .join(' ');
}
