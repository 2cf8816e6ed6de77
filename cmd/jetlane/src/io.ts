import { wrap } from './terminal/cells.ts';
import { toJsonText } from './terminal/printable.ts';
import { makeStyle, type Style, wantsColour } from './terminal/style.ts';

/** Where a command reads and writes. */
export interface Io {
  /** Results, to stdout. Adds a line break where there is none. */
  out(text: string): void;
  /** Progress and problems, to stderr; broken between words where that is a terminal. */
  err(text: string): void;
  /** One JSON document on one line, to stdout. */
  json(value: unknown): void;
  /** Whether stdout is a terminal. */
  readonly tty: boolean;
  /** Width of the terminal; undefined where there is none, so nothing is cut. */
  readonly columns: number | undefined;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly errStyle: Style;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  /** Resolves once all that was written has left the process, or its reader is gone. */
  flush(): Promise<void>;
}

/** The process's own streams. A reader that goes away (`| head`) ends the process quietly. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  stderr.on('error', () => {});
  const write = (stream: NodeJS.WriteStream, text: string) =>
    void stream.write(text.endsWith('\n') ? text : `${text}\n`);
  return {
    out: (text) => write(stdout, text),
    // Only what a person reads is broken into lines: a program gets it as it is.
    err: (text) => write(stderr, stderr.isTTY ? wrap(text, stderr.columns || 80).join('\n') : text),
    json: (value) => write(stdout, toJsonText(value)),
    tty: stdout.isTTY === true,
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    style: makeStyle(wantsColour(stdout.isTTY === true, env)),
    errStyle: makeStyle(wantsColour(stderr.isTTY === true, env)),
    env,
    stdin,
    async flush() {
      await Promise.all([stdout, stderr].map(written));
    },
  };
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => stream.write('', () => resolve()));
}
