/** What `jetlane worker` shows: a live block on a terminal, JSON lines elsewhere. */
import type { Io } from '../io.ts';
import { formatCount, formatMs, formatRate } from '../terminal/figures.ts';
import { liveBlock } from '../terminal/live-block.ts';
import { oneLine, printable } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import type { WorkerFigures, WorkerStats } from './stats.ts';
import type { WorkerEvent } from './supervisor.ts';

/** Shows a run. */
export interface WorkerView {
  event(event: WorkerEvent): void;
  /** One sentence, such as where the health pages are. */
  note(text: string, fields: Readonly<Record<string, unknown>>): void;
  stats(stats: WorkerStats): void;
  /** A line that the application printed. */
  line(line: string, from: 'stdout' | 'stderr'): void;
  end(): void;
}

/** Redraws figures in place at the foot of the terminal; events and the application's output scroll above. */
export function liveView(io: Io): WorkerView {
  const block = liveBlock(
    (text) => void process.stdout.write(text),
    () => ({ columns: io.columns ?? 80, rows: process.stdout.rows || 24 }),
  );
  const log = (text: string) => block.log(`${io.style.dim(clockTime())} ${text}`);
  return {
    event: (event) => log(eventWords(event, io.style)),
    note: (text) => log(text),
    stats: (stats) => block.draw(statsLines(stats, io.style)),
    line: (line) => block.log(line),
    end: () => block.end(),
  };
}

/** One JSON object a line on stdout, each with `event`: what happened, and `stats` at intervals. */
export function jsonView(io: Io): WorkerView {
  const say = (fields: Readonly<Record<string, unknown>>) =>
    io.json({ time: new Date().toISOString(), ...fields });
  return {
    event: (event) => say({ ...event }),
    note: (_text, fields) => say(fields),
    stats: (stats) => say({ event: 'stats', ...stats }),
    // Only with --json: then stdout carries nothing else.
    line: (line) => io.err(line),
    end() {},
  };
}

/** The figures as lines: one for all, a table of workers. Exported for its tests. */
export function statsLines(stats: WorkerStats, style: Style): string[] {
  const { wanted, ready, restarts } = stats.processes;
  const up = `${ready} of ${wanted} ${wanted === 1 ? 'process' : 'processes'} ready`;
  const parts = [
    ready === wanted ? style.green(up) : style.yellow(up),
    `up ${formatMs(Math.floor(stats.uptimeMs / 1000) * 1000)}`,
    ...(restarts > 0 ? [style.yellow(`${restarts} restarts`)] : []),
    ...(stats.published > 0 ? [`published ${formatRate(stats.publishedPerSecond)}`] : []),
    ...(stats.duplicates > 0 ? [`${formatCount(stats.duplicates)} duplicates`] : []),
    ...(stats.publishFailed > 0
      ? [style.red(`${formatCount(stats.publishFailed)} not published`)]
      : []),
  ];
  const table = renderTable(columns(style), stats.workers.map(cells), { paintTitle: style.dim });
  return [parts.join(style.dim(' · ')), ...table];
}

function columns(style: Style): Column[] {
  const warn = (padded: string, cell: string) =>
    cell.trim() === '0' ? style.dim(padded) : style.yellow(padded);
  const alarm = (padded: string, cell: string) =>
    cell.trim() === '0' ? style.dim(padded) : style.red(padded);
  return [
    { title: 'WORKER', paint: (padded) => style.bold(padded) },
    { title: 'RATE', align: 'right' },
    { title: 'LAG', align: 'right' },
    { title: 'PENDING', align: 'right' },
    { title: 'P50', align: 'right' },
    { title: 'P99', align: 'right' },
    { title: 'DONE', align: 'right' },
    { title: 'RETRIED', align: 'right', paint: warn },
    { title: 'DEAD', align: 'right', paint: alarm },
  ];
}

function cells(figures: WorkerFigures): string[] {
  const { lag, ackPending, latencyMs } = figures;
  return [
    oneLine(figures.worker),
    formatRate(figures.settledPerSecond),
    lag === undefined ? '-' : formatCount(lag),
    ackPending === undefined ? '-' : formatCount(ackPending),
    latencyMs === undefined ? '-' : formatMs(latencyMs.p50),
    latencyMs === undefined ? '-' : formatMs(latencyMs.p99),
    formatCount(figures.settled),
    formatCount(figures.retried),
    formatCount(figures.buried),
  ];
}

/** An event as a sentence. Exported for its tests. */
export function eventWords(event: WorkerEvent, style: Style): string {
  const who = 'process' in event ? `process ${event.process}` : '';
  switch (event.event) {
    case 'ready':
      return `${who} ${style.green('ready')} (pid ${event.pid}): ${event.workers.map(oneLine).join(', ')}`;
    case 'died':
      return `${who} ${style.red(oneLine(event.how))}; it starts again in ${formatMs(event.restartInMs)}`;
    case 'disconnected':
      return `${who} ${style.yellow('lost the server')} ${oneLine(event.server)}; it reconnects`;
    case 'reconnected':
      return `${who} ${style.green('is back')} at ${oneLine(event.server)}`;
    case 'failed':
      return `${who}: worker ${oneLine(event.worker)} ${style.red('stopped')}: ${printable(event.message)}`;
    case 'reloading':
      return 'a file changed: loading the app again';
    case 'reloaded':
      return `${style.green('reloaded')}: ${event.workers.map(oneLine).join(', ')}`;
    case 'reload-failed':
      return `${style.red('not reloaded')}: ${printable(event.message)}${event.kept ? '; what ran before goes on' : ''}`;
    case 'scaled':
      return `runs in ${event.processes} ${event.processes === 1 ? 'process' : 'processes'} now`;
    case 'draining':
      return 'draining: running handlers finish; once more ends them at once';
    case 'drained':
      return 'drained';
  }
}

function clockTime(): string {
  return new Date().toTimeString().slice(0, 8);
}
