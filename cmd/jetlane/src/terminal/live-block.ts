/** Lines at the bottom of a terminal that are drawn again and again; what is logged scrolls above them. */
export interface LiveBlock {
  /** Replaces the lines. */
  draw(lines: readonly string[]): void;
  /** Prints text above the lines. */
  log(text: string): void;
  /** Takes the lines away. */
  clear(): void;
  /** Leaves the last lines standing and writes no more. */
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
/** Terminals that know these show everything between them at once; the others pass over them. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/**
 * A live block on a terminal. `size` is asked at each draw, so that a resized window is followed: lines are cut to its width, and
 * the last of them left out where it is not high enough. Lines are written over, not erased first, so nothing flickers.
 */
export function liveBlock(write: (text: string) => void, size: () => TerminalSize): LiveBlock {
  let drawn: readonly string[] = [];
  let hidden = false;
  const up = () => {
    const rows = heightOf(drawn, size().columns);
    return rows === 0 ? '\r' : `\r\u001b[${rows}A`;
  };
  const body = (lines: readonly string[]) =>
    lines.map((line) => `${line}${restOfLine(line, size().columns)}\n`).join('');
  const frame = (text: string) => {
    write(`${BEGIN_FRAME}${hidden ? '' : HIDE_CURSOR}${up()}${text}${CLEAR_DOWN}${END_FRAME}`);
    hidden = true;
  };
  return {
    draw(lines) {
      const { columns, rows } = size();
      const fitting = lines
        .slice(0, Math.max(1, rows - 1)) // the cursor stands on the line below
        .map((line) => clip(line, columns));
      frame(body(fitting));
      drawn = fitting;
    },
    log(text) {
      const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
      if (drawn.length === 0) write(lines.map((line) => `${line}\n`).join(''));
      else frame(body(lines) + body(drawn));
    },
    clear() {
      if (drawn.length > 0) frame('');
      drawn = [];
    },
    end() {
      if (hidden) write(SHOW_CURSOR);
      hidden = false;
      drawn = [];
    },
  };
}

/**
 * What to write after a line to clear the rest of it; nothing after one that fills it: the cursor then still stands on its last
 * character, which would go.
 */
export function restOfLine(line: string, width: number): string {
  return visibleLength(line) < width ? CLEAR_LINE : '';
}

/** Cuts a line that may contain colours to `width` visible characters, so that it never wraps. */
export function clip(line: string, width: number): string {
  let visible = 0;
  let result = '';
  for (const part of line.split(COLOUR)) {
    if (part.startsWith('\u001b')) {
      result += part;
      continue;
    }
    result += part.slice(0, Math.max(0, width - visible));
    visible += part.length;
  }
  return result;
}

/** How many characters of a line that may contain colours are seen. */
export function visibleLength(line: string): number {
  return line.replace(new RegExp(COLOUR, 'g'), '').length;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR = /(\u001b\[[0-9;]*m)/;

/** Rows that lines take up, also after a window became narrower and wrapped them. */
function heightOf(lines: readonly string[], columns: number): number {
  const width = Math.max(1, columns);
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleLength(line) / width)), 0);
}
