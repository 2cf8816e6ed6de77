/** A program that has the whole terminal: another screen that goes when it ends, keys one by one, nothing that flickers. */
import { clip } from './cells.ts';
import { type Key, listenToKeys } from './keys.ts';
import { restOfLine, type TerminalSize } from './live-block.ts';

/** The terminal while a program has it. */
export interface FullScreen {
  readonly size: TerminalSize;
  /** Shows these lines from the top, and nothing below them. Only what changed is written. */
  draw(lines: readonly string[]): void;
  /** Writes everything anew with the next draw, also where nothing changed. */
  forget(): void;
  /** Gives the terminal back and stops this process, as Ctrl-Z does; takes it again when it goes on. */
  suspend(): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Whom to tell. */
export interface FullScreenOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly onKey: (key: Key) => void;
  /** The window has another size, or the program goes on after it was stopped: draw. */
  readonly onResize: () => void;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/** Whether a program can have this terminal: one that takes keys one by one and moves its cursor. */
export function hasFullScreen(
  { stdin, stdout }: Pick<FullScreenOptions, 'stdin' | 'stdout'>,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const keys = stdin.isTTY === true && typeof stdin.setRawMode === 'function';
  return keys && stdout.isTTY === true && env.TERM !== 'dumb';
}

/** Takes the terminal. However the process ends, unless it is killed, the terminal is as before. */
export function fullScreen({ stdin, stdout, onKey, onResize }: FullScreenOptions): FullScreen {
  let drawn: readonly string[] = [];
  let open = false;
  const enter = () => {
    if (open) return;
    open = true;
    drawn = [];
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(ENTER);
  };
  const leave = () => {
    if (!open) return;
    open = false;
    stdout.write(LEAVE);
    stdin.setRawMode(false);
    stdin.pause();
  };
  const resized = () => {
    drawn = [];
    if (open) stdout.write('\u001b[2J');
    onResize();
  };
  const goesOn = () => {
    enter();
    onResize();
  };
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const stopListening = listenToKeys(stdin, onKey);
  stdout.on('resize', resized);
  process.on('exit', leave);
  enter();
  return {
    get size() {
      return size();
    },
    draw(lines) {
      if (!open) return;
      const { columns, rows } = size();
      const fitting = lines.slice(0, rows).map((line) => clip(line, columns));
      const changes = difference(drawn, fitting, columns);
      if (changes !== '') stdout.write(`${BEGIN_FRAME}${changes}${END_FRAME}`);
      drawn = fitting;
    },
    forget: resized,
    suspend() {
      if (process.platform === 'win32') return;
      leave();
      process.once('SIGCONT', goesOn);
      process.kill(0, 'SIGTSTP'); // the whole group, as the terminal would
    },
    close() {
      leave();
      stopListening();
      stdout.off('resize', resized);
      process.off('exit', leave);
      process.off('SIGCONT', goesOn);
    },
  };
}

/** What turns the lines before into those now, line by line. Pure; exported for its tests. */
export function difference(
  before: readonly string[],
  now: readonly string[],
  columns: number,
): string {
  const changed = now.flatMap((line, index) =>
    line === before[index] ? [] : [`\u001b[${index + 1};1H${line}${restOfLine(line, columns)}`],
  );
  const rest = before.length > now.length ? [`\u001b[${now.length + 1};1H\u001b[0J`] : [];
  return [...changed, ...rest].join('');
}
