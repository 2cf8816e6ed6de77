/** Lines at the bottom of a terminal that are drawn again and again; what is logged scrolls above them. */
export interface LiveBlock {
  /** Replaces the lines. */
  draw(lines: readonly string[]): void;
  /** Prints text above the lines. */
  log(text: string): void;
  /** Leaves the last lines standing and writes no more. */
  end(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_DOWN = '\u001b[0J';

/** A live block on a terminal. `columns` is asked at each draw, so that a resized window is followed. */
export function liveBlock(write: (text: string) => void, columns: () => number): LiveBlock {
  let drawn: readonly string[] = [];
  let hidden = false;
  const up = () => (drawn.length === 0 ? '' : `\u001b[${drawn.length}A`);
  const body = (lines: readonly string[]) =>
    lines.map((line) => `${clip(line, columns())}\n`).join('');
  return {
    draw(lines) {
      write(`${hidden ? '' : HIDE_CURSOR}\r${up()}${CLEAR_DOWN}${body(lines)}`);
      hidden = true;
      drawn = lines;
    },
    log(text) {
      write(`\r${up()}${CLEAR_DOWN}${text.endsWith('\n') ? text : `${text}\n`}${body(drawn)}`);
    },
    end() {
      if (hidden) write(SHOW_CURSOR);
      hidden = false;
      drawn = [];
    },
  };
}

/** Cuts a line that may contain colours to `width` visible characters, so that it never wraps. */
export function clip(line: string, width: number): string {
  let visible = 0;
  let result = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b')) {
      result += part;
      continue;
    }
    result += part.slice(0, Math.max(0, width - visible));
    visible += part.length;
  }
  return result;
}
