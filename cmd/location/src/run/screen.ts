/** Where a run writes: a table redrawn in place on a terminal, plain lines elsewhere. */
import { liveBlock, makeStyle, type Style, shorten, wantsColour } from 'jetlane/terminal';
import { keys } from './keys.ts';

/** What lines are made for. */
export interface View {
  /** Characters to a line; undefined: no limit. */
  readonly columns: number | undefined;
  /** Lines that fit; undefined: no limit. */
  readonly rows: number | undefined;
  readonly style: Style;
}

/** The output of a run. */
export interface Screen {
  readonly view: View;
  /** Something that stays. */
  say(line: string): void;
  /** Something that went wrong, to stderr; on a terminal it stands among what stays. */
  warn(line: string): void;
  /** What is going on just now, until something else is; on terminals only. */
  busy(words: string): void;
  /** The figures: a table that replaces the last one and follows the window, or one line in a while. */
  show(table: (view: View) => readonly string[], line: string): void;
  /** Takes the table away. */
  clear(): void;
}

const LINE_EVERY_MS = 5000;
const SPIN_EVERY_MS = 100;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const PLAIN: View = { columns: undefined, rows: undefined, style: makeStyle(false) };

/** A screen on `stream`; with `silent` only warnings remain. While something is drawn over, keys of `stdin` are not echoed. */
export function screen(
  stream: NodeJS.WriteStream,
  options: { readonly silent: boolean; readonly stdin?: NodeJS.ReadStream },
): Screen {
  const { silent, stdin = process.stdin } = options;
  if (silent) return silentScreen;
  const live = stream.isTTY && process.env['TERM'] !== 'dumb';
  return live ? liveScreen(stream, stdin) : lineScreen(stream);
}

/** A screen that shows nothing, and passes warnings on. */
export const silentScreen: Screen = {
  view: PLAIN,
  say() {},
  warn: (line) => void process.stderr.write(`${line}\n`),
  busy() {},
  show() {},
  clear() {},
};

function lineScreen(stream: NodeJS.WriteStream): Screen {
  let lastMs = performance.now();
  const style = makeStyle(wantsColour(stream.isTTY === true, process.env));
  return {
    ...silentScreen,
    view: { ...PLAIN, style },
    say: (line) => void stream.write(`${line}\n`),
    show(_table, line) {
      if (performance.now() - lastMs < LINE_EVERY_MS) return;
      lastMs = performance.now();
      stream.write(`${line}\n`);
    },
  };
}

/** One that follows the window. */
function viewOf(size: () => { columns: number; rows: number }, style: Style): View {
  return {
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
    style,
  };
}

function liveScreen(stream: NodeJS.WriteStream, stdin: NodeJS.ReadStream): Screen {
  const style = makeStyle(wantsColour(true, process.env));
  const size = () => ({ columns: stream.columns || 80, rows: stream.rows || 24 });
  const block = liveBlock((text) => void stream.write(text), size);
  const view = viewOf(size, style);
  let draw: (() => void) | undefined;
  let spin: NodeJS.Timeout | undefined;
  let sinceMs: number | undefined;
  const rest = () => {
    clearInterval(spin);
    spin = undefined;
  };
  const typed = keys({ stdin, onStop: () => block.end(), onContinue: () => draw?.() });
  const set = (next: (() => void) | undefined) => {
    draw = next;
    if (next === undefined) return block.clear();
    typed.take();
    next();
  };
  const end = () => {
    block.end(); // or the cursor stays hidden
    typed.release();
  };
  stream.on('resize', () => draw?.());
  process.once('exit', end);
  return {
    view,
    say(line) {
      if (spin !== undefined) {
        rest();
        set(undefined);
      }
      sinceMs = undefined;
      block.log(line);
    },
    warn(line) {
      if (process.stderr.isTTY) block.log(style.yellow(line));
      else process.stderr.write(`${line}\n`);
    },
    busy(words) {
      rest();
      const startedMs = sinceMs ?? performance.now();
      sinceMs = startedMs;
      const spinning = () => {
        const elapsedMs = performance.now() - startedMs;
        const sign = SPINNER[Math.floor(elapsedMs / SPIN_EVERY_MS) % SPINNER.length] ?? '';
        const seconds = style.dim(`${(elapsedMs / 1000).toFixed(1)} s`);
        const line = () => shorten(`${words}  ${seconds}`, size().columns - 2);
        set(() => block.draw([`${style.cyan(sign)} ${line()}`]));
      };
      spinning();
      spin = setInterval(spinning, SPIN_EVERY_MS);
      spin.unref();
    },
    show(table) {
      rest();
      sinceMs = undefined;
      set(() => block.draw(table(view)));
    },
    clear() {
      rest();
      set(undefined);
      end();
    },
  };
}
