import type { DeadLetter, DeadLetterGroup } from '@jetlane/core';
import { indentJson } from '@jetlane/studio/json';
import type { Io } from '../io.ts';
import { readBody } from '../tail/stored-record.ts';
import { formatCount } from '../terminal/figures.ts';
import { JsonText, oneLine, printable } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { renderTable } from '../terminal/table.ts';

type View = Pick<Io, 'style' | 'columns'>;

/** Dead letters as a table. */
export function letterRows(letters: readonly DeadLetter[], { style, columns }: View): string[] {
  if (letters.length === 0) return ['No dead letters.'];
  return renderTable(
    [
      { title: 'SEQ', align: 'right', paint: style.bold },
      { title: 'BURIED', paint: style.dim },
      { title: 'WORKER' },
      { title: 'SUBJECT' },
      { title: 'TRIES', align: 'right' },
      { title: 'REASON', paint: style.yellow },
      { title: 'ERROR', bends: true },
    ],
    letters.map(({ seq, buriedAt, worker, subject, attempts, reason, errorCode, error }) => [
      String(seq),
      shortTime(buriedAt),
      oneLine(worker),
      oneLine(subject),
      String(attempts),
      oneLine(reason),
      oneLine(`${errorCode}: ${error}`),
    ]),
    { paintTitle: style.dim, ...(columns === undefined ? {} : { width: columns }) },
  );
}

/** Counts by worker and error as a table. */
export function groupLines(groups: readonly DeadLetterGroup[], { style, columns }: View): string[] {
  if (groups.length === 0) return ['No dead letters.'];
  return renderTable(
    [
      { title: 'COUNT', align: 'right', paint: style.bold },
      { title: 'STREAM' },
      { title: 'WORKER' },
      { title: 'REASON', paint: style.yellow },
      { title: 'NEWEST', paint: style.dim },
      { title: 'ERROR', bends: true },
    ],
    groups.map(({ count, stream, worker, reason, newest, errorCode, error }) => [
      formatCount(count),
      oneLine(stream),
      oneLine(worker),
      oneLine(reason),
      shortTime(newest),
      oneLine(`${errorCode}: ${error}`),
    ]),
    { paintTitle: style.dim, ...(columns === undefined ? {} : { width: columns }) },
  );
}

/** A dead letter in full. */
export function letterLines(letter: DeadLetter, style: Style): string[] {
  const facts: readonly (readonly [string, string])[] = [
    ['seq', String(letter.seq)],
    ['reason', letter.reason],
    ['error', `${letter.errorCode} (${letter.errorName}): ${letter.error}`],
    ['worker', letter.worker],
    ['subject', letter.subject],
    ['stored', `${letter.stream} #${letter.streamSeq}, ${letter.time.toISOString()}`],
    [
      'buried',
      `${letter.buriedAt.toISOString()}, after ${letter.attempts} ${letter.attempts === 1 ? 'try' : 'tries'}`,
    ],
    ['id', letter.id ?? '(none)'],
    ...(letter.replays > 0
      ? [['replays', `${letter.replays}; it failed again after the last one`] as const]
      : []),
  ];
  const headers = Object.entries(letter.headers).map(
    ([name, value]) => `  ${oneLine(name)}: ${oneLine(value)}`,
  );
  return [
    ...facts.map(([name, value]) => `${style.dim(name.padEnd(9))}${oneLine(value)}`),
    style.dim('headers'),
    ...headers,
    style.dim('body'),
    ...bodyLines(letter).map((line) => `  ${line}`),
  ];
}

/** A dead letter as a JSON document: its fields, and its body as `data`, `text` or `base64`. */
export function letterJson(letter: DeadLetter): Readonly<Record<string, unknown>> {
  const { payload: _, ...fields } = letter;
  const body = readBody(letter);
  return {
    ...fields,
    ...(body.kind === 'json' ? { data: new JsonText(body.json) } : {}),
    ...(body.kind === 'text' ? { text: body.text } : {}),
    ...(body.kind === 'binary' ? { base64: body.base64 } : {}),
  };
}

function bodyLines(letter: DeadLetter): string[] {
  if (letter.truncatedBytes !== undefined)
    return [
      `(${letter.truncatedBytes} bytes, too large for a record; the original may still be in ${letter.stream})`,
    ];
  const body = readBody(letter);
  if (body.kind === 'json') return printable(indentJson(body.json)).split('\n');
  if (body.kind === 'text') return printable(body.text).split('\n');
  return [body.kind === 'binary' ? `(binary) ${body.base64}` : '(empty)'];
}

function shortTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
