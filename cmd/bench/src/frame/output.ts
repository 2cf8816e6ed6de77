/** What a benchmark found: as a table, as one JSON document, as comma-separated values. Pure but for the last function. */
import { writeFile } from 'node:fs/promises';
import type { Environment } from './environment.ts';
import { BenchFailure, messageOf } from './failure.ts';
import type { OutputFlags } from './flags.ts';
import type { Surroundings } from './surroundings.ts';

/** A value of a row; null where it was not measured. */
export type Cell = string | number | null;

/** One line of the result, by column. */
export type Row = Readonly<Record<string, Cell>>;

/** A column of the table. JSON and CSV have all that rows hold, under its key. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** Default: the number with thousands separated, or the text. */
  readonly format?: (value: number) => string;
}

/** What was found. */
export interface Findings {
  /** The subcommand. */
  readonly benchmark: string;
  /** What was asked for, defaults filled in. */
  readonly settings: Readonly<Record<string, Cell | boolean>>;
  readonly rows: readonly Row[];
  /** Sentences that a reader needs: what a column means, what was measured. */
  readonly notes?: readonly string[];
  /** Why figures may be worth less than they look. */
  readonly warnings: readonly string[];
  /** It was interrupted: the figures are those of the time until then. */
  readonly partial: boolean;
  readonly environment: Environment;
}

/** For people. */
export function toText(findings: Findings, columns: readonly Column[]): string {
  const { environment: where, rows, notes = [], warnings, partial } = findings;
  const settings = Object.entries(findings.settings)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${value}`);
  return [
    `${findings.benchmark}: ${settings.join(', ')}`,
    ...(partial ? ['PARTIAL: interrupted before the end'] : []),
    '',
    ...toTable(rows, columns),
    '',
    ...notes,
    `${where.machine}; load ${where.loadBefore} before; Node ${where.node}, nats-server ${where.natsServer}, ${where.date}`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

/** For spreadsheets: a title line, then one a row; every column that any row has. */
export function toCsv({ benchmark, rows, partial }: Findings): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly (Cell | undefined)[]) => cells.map(quoted).join(',');
  return [
    line(['benchmark', ...keys, 'partial']),
    ...rows.map((row) => line([benchmark, ...keys.map((key) => row[key]), String(partial)])),
  ].join('\n');
}

/** Prints as the flags say. */
export async function print(
  { io }: Surroundings,
  { json, csv }: OutputFlags,
  findings: Findings,
  columns: readonly Column[],
): Promise<void> {
  if (json) return io.json(findings);
  if (csv === true) {
    for (const warning of findings.warnings) io.err(`warning: ${warning}`);
    return io.out(toCsv(findings));
  }
  if (typeof csv === 'string')
    await writeFile(csv, `${toCsv(findings)}\n`).catch((error: unknown) => {
      throw new BenchFailure(`--csv: ${csv} cannot be written: ${messageOf(error)}`);
    });
  io.out(toText(findings, columns));
}

function toTable(rows: readonly Row[], columns: readonly Column[]): string[] {
  const shown = columns.filter(({ key }) => rows.some((row) => (row[key] ?? null) !== null));
  const cells = rows.map((row) => shown.map((column) => cellText(row[column.key], column)));
  const widths = shown.map(({ title }, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const numeric = shown.map(({ key }) => rows.every((row) => typeof row[key] !== 'string'));
  return [shown.map(({ title }) => title), ...cells].map((row) =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function cellText(value: Cell | undefined, { format }: Column): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value;
  return format === undefined ? value.toLocaleString('en-US') : format(value);
}

function quoted(value: Cell | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
