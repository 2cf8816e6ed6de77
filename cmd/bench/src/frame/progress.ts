/** One line that is written again and again on a terminal, and nothing elsewhere. */

/** See the head of this file. */
export interface Progress {
  /** Replaces the line. */
  show(line: string): void;
  /** Takes the line away. */
  clear(): void;
}

/** Progress on stderr, if that is a terminal and it is wanted. */
export function progress(wanted: boolean): Progress {
  const { stderr } = process;
  if (!wanted || !stderr.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: (line) => void stderr.write(`\r${line.slice(0, stderr.columns - 1)}\u001b[K`),
    clear: () => void stderr.write('\r\u001b[K'),
  };
}
