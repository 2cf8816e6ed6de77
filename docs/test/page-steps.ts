/**
 * A page as the steps that its reader takes. What a block means is said by comments before it, which the site does not show:
 *
 * - `<!-- walk: NAME, 1 -->` on top: this page is followed step by step, first in the walk NAME; its `ts` blocks are files.
 * - `<!-- file: orders.ts -->` a block that the reader saves under that name.
 * - `<!-- setup -->` commands that make a clone ready: where the walk takes place that has been done.
 * - `<!-- terminal: worker -->` commands that stay, in a terminal of their own. Others run to their end.
 * - `<!-- again -->` a command to repeat until it prints what the page says.
 * - `<!-- exits: 3 -->` the exit code of a command, where it is not 0.
 * - `<!-- shows: worker -->` a `text` block that this terminal shows from now on; others are printed by the command before.
 * - `<!-- stop: worker -->` Ctrl-C in that terminal.
 *
 * In a `text` block `…` stands for any text of a line, and on a line of its own for any lines. Columns may be wider or narrower.
 */

/** What a reader does, or sees. */
export type Step =
  | { readonly does: 'save'; readonly line: number; readonly file: string; readonly text: string }
  | {
      readonly does: 'run';
      readonly line: number;
      readonly script: string;
      readonly exitCode: number;
      /** What it prints; undefined where the page does not say. */
      readonly prints: string | undefined;
      readonly again: boolean;
    }
  | {
      readonly does: 'start';
      readonly line: number;
      readonly script: string;
      readonly terminal: string;
    }
  | {
      readonly does: 'see';
      readonly line: number;
      readonly terminal: string;
      readonly text: string;
    }
  | { readonly does: 'stop'; readonly line: number; readonly terminal: string };

/** Where a page stands among those that are walked; undefined for a page that is not. */
export function walkOf(
  page: string,
): { readonly name: string; readonly place: number } | undefined {
  const [, name, place] = /^<!-- walk: ([a-z-]+), (\d+) -->$/m.exec(page) ?? [];
  return name === undefined ? undefined : { name, place: Number(place) };
}

/** The steps of a page, in order. Throws where a block says too little to be followed. */
export function stepsOf(page: string): Step[] {
  const lines = page.split('\n');
  const steps: Step[] = [];
  let marks = new Map<string, string>();
  for (let index = 0; index < lines.length; index++) {
    const text = lines[index] ?? '';
    const mark = /^<!-- ([a-z]+)(?:: (.*?))? -->$/.exec(text);
    const language = /^```(\w+)/.exec(text)?.[1];
    if (mark !== null) {
      const [, name = '', value = ''] = mark;
      if (name === 'stop') steps.push({ does: 'stop', line: index + 1, terminal: value });
      else marks.set(name, value);
    } else if (language !== undefined) {
      const end = lines.indexOf('```', index);
      const block = lines.slice(index + 1, end).join('\n');
      const step = stepOf({ language, block, line: index + 1, marks, steps });
      if (step !== undefined) steps.push(step);
      marks = new Map();
      index = end;
    } else if (text.trim() !== '') marks = new Map();
  }
  return steps;
}

interface Found {
  readonly language: string;
  readonly block: string;
  readonly line: number;
  readonly marks: ReadonlyMap<string, string>;
  readonly steps: Step[];
}

function stepOf({ language, block, line, marks, steps }: Found): Step | undefined {
  const file = marks.get('file');
  if (file !== undefined) return { does: 'save', line, file, text: `${block}\n` };
  if (marks.has('setup')) return undefined;
  if (language === 'sh') return command(block, line, marks);
  const terminal = marks.get('shows');
  if (language === 'text' && terminal !== undefined)
    return { does: 'see', line, terminal, text: block };
  const before = steps.at(-1);
  if (language === 'text' && before?.does === 'run' && before.prints === undefined) {
    steps[steps.length - 1] = { ...before, prints: block };
    return undefined;
  }
  if (language === 'text' && before?.does === 'start')
    return { does: 'see', line, terminal: before.terminal, text: block };
  throw new Error(`line ${line}: what is a reader to do with this ${language} block?`);
}

function command(script: string, line: number, marks: ReadonlyMap<string, string>): Step {
  const terminal = marks.get('terminal');
  if (terminal !== undefined) return { does: 'start', line, script, terminal };
  const exitCode = Number(marks.get('exits') ?? 0);
  return { does: 'run', line, script, exitCode, prints: undefined, again: marks.has('again') };
}

/** Where in an output the lines of a `text` block stand: the offset behind them, or undefined. */
export function endOf(expected: string, output: string): number | undefined {
  const pattern = expected
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${toPattern(line)}[ \\t]*(?:\\n|$)`))
    .join('');
  const found = new RegExp(`(?<=^|\\n)${pattern}`).exec(output);
  return found === null ? undefined : found.index + found[0].length;
}

function toPattern(line: string): string {
  return line
    .trimEnd()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/ {2,}/g, ' +'))
    .join('.*');
}
