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
    /** Interrupts it, as Ctrl-C does; the promise rejects when it is gone. */
    signal?: AbortSignal;
    cwd?: string;
    env?: Readonly<Record<string, string | undefined>>;
  },
) => Promise<CommandOutput>;

const OUTPUT_MAX = 16 * 1024 * 1024;
const UNWANTED = 'ended, no longer wanted';

/** An interrupted program that is still there after so long is killed. */
const INTERRUPTED_MS = 1_000;

/** The real one. The error says which program and its last lines on stderr. */
export const runCommand: RunCommand = (command, args, options) =>
  new Promise((resolve, reject) => {
    const { timeoutMs, signal, ...rest } = options;
    if (signal?.aborted) return reject(new Error(`${command}: ${UNWANTED}`));
    let killing: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill('SIGINT');
      killing = setTimeout(() => child.kill('SIGKILL'), INTERRUPTED_MS);
    };
    const child = execFile(
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
        signal?.removeEventListener('abort', interrupt);
        clearTimeout(killing);
        if (error === null) return resolve({ stdout, stderr });
        const why = signal?.aborted ? UNWANTED : reasonOf(error, stderr, timeoutMs);
        reject(new Error(`${command}: ${why.replace(`${command}: `, '')}`, { cause: error }));
      },
    );
    signal?.addEventListener('abort', interrupt, { once: true });
  });

function reasonOf(error: ExecFileException, stderr: string, timeoutMs: number): string {
  if (error.code === 'ENOENT') return 'not installed';
  if (error.killed === true) return `no end in ${timeoutMs} ms`;
  if (error.signal) return `ended by ${error.signal}`;
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
