/** What is shown while a nats-server is looked for and fetched. */
import type { FetchProgress } from '@jetlane/devserver';
import { formatBytes, formatMs } from './figures.ts';
import { liveBlock, shorten } from './live-block.ts';
import { oneLine } from './printable.ts';

/** What to give to `startServer` as `log` and `progress`. */
export interface FetchView {
  log(line: string): void;
  progress(step: FetchProgress): void;
  /** Takes the line in progress away. */
  end(): void;
}

const DRAW_EVERY_MS = 100;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** On a terminal, one line that is written over, below what is logged; elsewhere what is logged alone. */
export function fetchView(stream: NodeJS.WriteStream): FetchView {
  const write = (text: string) => void stream.write(text);
  if (!stream.isTTY || process.env.TERM === 'dumb')
    return { log: (line) => write(`${line}\n`), progress() {}, end() {} };
  const block = liveBlock(write, () => ({
    columns: stream.columns || 80,
    rows: stream.rows || 24,
  }));
  const startedMs = performance.now();
  let step: FetchProgress | undefined;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    if (step === undefined) return;
    turn += 1;
    const words = fetchWords(step, performance.now() - startedMs);
    const room = (stream.columns || 80) - 2;
    block.draw([`${SPINNER[turn % SPINNER.length]} ${shorten(words, room)}`]);
  };
  return {
    log: (line) => block.log(line),
    progress(news) {
      step = news;
      timer ??= setInterval(draw, DRAW_EVERY_MS);
    },
    end() {
      clearInterval(timer);
      block.clear();
      block.end();
    },
  };
}

/** Which source is tried, how far it is, and how long it took: `github: fetching x  3.10 MiB of 6.20 MiB (50 %)  2.1s`. Pure. */
export function fetchWords(
  { via, what, doneBytes, totalBytes }: FetchProgress,
  elapsedMs?: number,
): string {
  const parts = [`${via}: ${oneLine(what)}`];
  if (doneBytes !== undefined && totalBytes !== undefined && doneBytes <= totalBytes) {
    const share = Math.floor((doneBytes * 100) / Math.max(1, totalBytes));
    parts.push(`${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} (${share} %)`);
  } else if (doneBytes) parts.push(formatBytes(doneBytes));
  if (elapsedMs !== undefined) parts.push(formatMs(Math.floor(elapsedMs / 100) * 100));
  return parts.join('  ');
}
