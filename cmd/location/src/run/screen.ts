/** Where a run writes: a table redrawn in place on a terminal, plain lines elsewhere. */

/** The output of a run. */
export interface Screen {
  /** Something that stays. */
  say(line: string): void;
  /** The figures: a table that replaces the last one, or one line in a while. */
  show(table: readonly string[], line: string): void;
}

const LINE_EVERY_MS = 5000;

/** A screen on `stream`; with `silent` only `say` to stderr remains, for warnings. */
export function screen(stream: NodeJS.WriteStream, options: { silent: boolean }): Screen {
  if (options.silent) return { say: () => {}, show: () => {} };
  let drawn = 0;
  let lastLineMs = performance.now();
  return {
    say(line) {
      if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[J`);
      drawn = 0;
      stream.write(`${line}\n`);
    },
    show(table, line) {
      if (!stream.isTTY) {
        if (performance.now() - lastLineMs < LINE_EVERY_MS) return;
        lastLineMs = performance.now();
        stream.write(`${line}\n`);
        return;
      }
      const width = stream.columns ?? 100;
      const up = drawn > 0 ? `\x1b[${drawn}A` : '';
      stream.write(`${up}\x1b[J${table.map((row) => `${row.slice(0, width - 1)}\n`).join('')}`);
      drawn = table.length;
    },
  };
}
