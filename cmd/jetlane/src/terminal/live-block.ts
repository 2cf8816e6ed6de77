import { clip, cutMiddle, visibleLength } from './cells.ts';

/** Lines at the bottom of a terminal that are drawn again and again; what is logged scrolls above them. */
export interface LiveBlock {
  /** Replaces the lines. */
  draw(lines: readonly string[]): void;
  /** Prints text above the lines. */
  log(text: string): void;
  /** Takes the lines away. */
  clear(): void;
  /** Leaves the last lines standing and shows the cursor; what is drawn next, if anything, stands below them. */
  end(): void;
}

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_DOWN = '\u001b[0J';
/** Not 2J, for which some terminals scroll everything away. */
const CLEAR_ALL = '\u001b[H\u001b[0J';
/** Terminals that know these show everything between them at once; the others pass over them. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
/** More than any window is high. */
const LOGGED_MAX = 200;

/**
 * A live block on a terminal. `size` is asked at each draw, so that a resized window is followed: lines are cut to its width, and
 * the last of them left out where it is not high enough. Lines are written over, not erased first, so nothing flickers.
 *
 * Where the lines stand after the window was resized, nobody can say: some terminals wrap what is there anew, some cut it, some move
 * it. So the screen is cleared then, and what was logged last is written again above them.
 */
export function liveBlock(write: (text: string) => void, size: () => TerminalSize): LiveBlock {
  let drawn: readonly string[] = [];
  let drawnAt: TerminalSize | undefined;
  let hidden = false;
  const logged: string[] = [];
  const resized = () => {
    const { columns, rows } = size();
    return drawnAt?.columns !== columns || drawnAt.rows !== rows;
  };
  const body = (lines: readonly string[]) =>
    lines.map((line) => `${line}${restOfLine(line, size().columns)}\n`).join('');
  const fitting = (lines: readonly string[]) => {
    const { columns, rows } = size();
    const count = Math.max(1, rows - 1); // the cursor stands on the line below
    return lines.slice(0, count).map((line) => clip(line, columns));
  };
  /** Writes lines where the block begins, and the block below them. */
  const frame = (above: readonly string[], lines: readonly string[]) => {
    const up = drawn.length === 0 ? '\r' : `\r\u001b[${drawn.length}A`;
    const fresh = drawn.length > 0 && resized();
    const block = fitting(lines);
    const from = fresh ? CLEAR_ALL + body(lastOf(logged, block.length, size())) : up + body(above);
    const cursor = hidden ? '' : HIDE_CURSOR;
    write(`${BEGIN_FRAME}${cursor}${from}${body(block)}${CLEAR_DOWN}${END_FRAME}`);
    [drawn, drawnAt, hidden] = [block, { ...size() }, true];
  };
  return {
    draw: (lines) => frame([], lines),
    log(text) {
      const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
      logged.push(...lines);
      logged.splice(0, logged.length - LOGGED_MAX);
      if (drawn.length === 0) write(lines.map((line) => `${line}\n`).join(''));
      else frame(lines, drawn);
    },
    clear() {
      if (drawn.length > 0) frame([], []);
    },
    end() {
      if (hidden) write(SHOW_CURSOR);
      hidden = false;
      drawn = [];
    },
  };
}

/** The last lines for which there is room above `below` more. */
function lastOf(
  lines: readonly string[],
  below: number,
  { columns, rows }: TerminalSize,
): readonly string[] {
  let left = rows - 1 - below;
  let from = lines.length;
  while (from > 0) {
    left -= heightOf(lines[from - 1] as string, columns);
    if (left < 0) break;
    from--;
  }
  return lines.slice(from);
}

/**
 * What to write after a line, which may wrap, to clear the rest of its last row; nothing after one that fills it: the cursor then still stands on its last
 * character, which would go.
 */
export function restOfLine(line: string, width: number): string {
  const length = visibleLength(line);
  return length === 0 || length % width !== 0 ? CLEAR_LINE : '';
}

/**
 * A line that fits, where it says what is done and after two blanks how far it is: of the first the middle is left out, so that what
 * moves stays.
 */
export function shorten(line: string, columns: number): string {
  const [what = '', ...moving] = line.split('  ');
  const rest = moving.map((part) => `  ${part}`).join('');
  return `${cutMiddle(what, Math.max(2, columns - visibleLength(rest)))}${rest}`;
}

/** Rows that a line takes up. */
function heightOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(visibleLength(line) / Math.max(1, columns)));
}
