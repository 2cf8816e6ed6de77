/** A program on a terminal of its own, as a person sees it. Made with script(1) of util-linux. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from './cli.ts';

/** Whether this machine can make one. */
export const hasPty =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

/** A terminal that a program runs on. */
export interface Pty {
  /** What it shows now, as far as the program places its lines: one string a line, without colours. */
  screen(): string[];
  /** Everything that the program wrote. */
  readonly raw: string;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves once the screen is as wanted; fails with what it shows after 20 s. */
  until(condition: (screen: string) => unknown, what: string): Promise<void>;
  /** Exit code. */
  readonly done: Promise<number | null>;
}

/** Starts a program on a terminal of this size; it is killed when the test ends. */
export function onPty(
  command: readonly string[],
  size: { readonly columns: number; readonly rows: number },
  env: Readonly<Record<string, string>> = {},
): Pty {
  const folder = mkdtempSync(join(tmpdir(), 'jetlane-pty-'));
  const device = join(folder, 'device');
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const line = `tty > '${device}'; stty cols ${size.columns} rows ${size.rows}; exec ${words}`;
  const child = spawn('script', ['-qfec', line, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
  });
  let raw = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
  });
  const done = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await done;
    rmSync(folder, { recursive: true, force: true });
  });
  const screen = () => linesOf(raw);
  return {
    screen,
    get raw() {
      return raw;
    },
    type: (text) => void child.stdin.write(text),
    resize(columns, rows) {
      const tty = readFileSync(device, 'utf8').trim();
      spawnSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
    },
    until: (condition, what) =>
      until(
        () => condition(screen().join('\n')),
        () => `${what}\n${screen().join('\n')}\n${JSON.stringify(raw.slice(-2000))}`,
      ),
    done,
  };
}

/** The lines that a program has placed: `CSI row;1H text CSI K`, `CSI 0J` from a row on, `CSI 2J` for all. */
function linesOf(raw: string): string[] {
  const lines: string[] = [];
  for (const match of raw.matchAll(PLACED)) {
    const [, row, text = '', clears] = match;
    if (row === undefined) lines.length = 0;
    else if (clears !== undefined) lines.length = Math.min(lines.length, Number(row) - 1);
    else lines[Number(row) - 1] = text.replace(COLOUR, '');
  }
  return Array.from(lines, (line) => line ?? '');
}

const ESC = '\\u001b\\[';
const PLACED = new RegExp(
  `${ESC}2J|${ESC}(\\d+);1H([\\s\\S]*?)(?:${ESC}K|(${ESC}0J)|(?=${ESC}\\d+;1H|${ESC}\\?2026l))`,
  'g',
);
const COLOUR = new RegExp(`${ESC}[0-9;]*m`, 'g');
