import type { Change, Plan } from '@jetlane/core';
import type { Io } from '../io.ts';
import { oneLine, printable, toJsonText } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';

/** A plan as lines: what changes, field by field, what to know, and a sum. */
export function planLines({ changes, warnings }: Plan, { style }: Pick<Io, 'style'>): string[] {
  const sum =
    changes.length === 0 ? style.green('The server has what is declared.') : sumWords(changes);
  return [
    ...changes.flatMap((change) => changeLines(change, style)),
    ...warningLines(warnings, style),
    sum,
  ];
}

/** What was applied, as lines. */
export function appliedLines({ changes, warnings }: Plan, { style }: Pick<Io, 'style'>): string[] {
  const sum =
    changes.length === 0
      ? style.green('Nothing to do: the server has what is declared.')
      : style.green(`Applied ${count(changes.length, 'change')}.`);
  return [
    ...changes.flatMap((change) => changeLines(change, style)),
    ...warningLines(warnings, style),
    sum,
  ];
}

const SIGNS: Readonly<Record<Change['action'], string>> = {
  create: '+',
  update: '~',
  recreate: '-/+',
  delete: '-',
  forbidden: 'x',
};

/** Of a new stream or consumer only what tells it from others; --json has all. */
const TOLD: ReadonlySet<string> = new Set([
  'subjects',
  'filter_subject',
  'filter_subjects',
  'retention',
  'num_replicas',
  'timetable',
]);

function changeLines(change: Change, style: Style): string[] {
  const paint = {
    create: style.green,
    update: style.yellow,
    recreate: style.red,
    delete: style.red,
    forbidden: style.red,
  }[change.action];
  const name =
    change.kind === 'consumer'
      ? `consumer ${change.name} of ${change.stream}`
      : `${change.kind} ${change.name}`;
  const mark = change.destructive ? ` ${style.red('(destructive)')}` : '';
  const lines = [
    `${paint(`${SIGNS[change.action].padStart(3)} ${change.action}`)} ${style.bold(oneLine(name))}${mark}`,
  ];
  lines.push(`      ${style.dim(printable(change.why))}`);
  if (change.action === 'create')
    for (const { field, to } of change.fields)
      if (TOLD.has(field)) lines.push(`      ${field}: ${show(to)}`);
  if (change.action !== 'create')
    for (const { field, from, to } of change.fields)
      lines.push(`      ${field}: ${style.red(show(from))} -> ${style.green(show(to))}`);
  if (change.advice !== undefined)
    lines.push(`      ${style.cyan('advice:')} ${printable(change.advice)}`);
  return lines;
}

function warningLines(warnings: Plan['warnings'], style: Style): string[] {
  return warnings.map(
    ({ kind, name, what, advice }) =>
      `${style.yellow('  ! note')} ${kind} ${style.bold(oneLine(name))}: ${printable(what)}; ${printable(advice)}`,
  );
}

function sumWords(changes: readonly Change[]): string {
  const parts = (['create', 'update', 'recreate', 'delete', 'forbidden'] as const)
    .map((action) => [action, changes.filter((change) => change.action === action).length] as const)
    .filter(([, number]) => number > 0)
    .map(
      ([action, number]) => `${number} to ${action === 'forbidden' ? 'settle by hand' : action}`,
    );
  return `${count(changes.length, 'change')}: ${parts.join(', ')}.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function show(value: unknown): string {
  return value === undefined ? 'unset' : oneLine(toJsonText(value));
}
