import { JsonText, oneLine, printable, shorten } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import {
  type Body,
  contentTypeOf,
  idOf,
  readBody,
  type StoredRecord,
  typeOf,
} from './stored-record.ts';

/** How a message is shown. */
export interface TailFormat {
  readonly style: Style;
  /** Also its headers, one a line. */
  readonly headers: boolean;
}

const BINARY_SHOWN = 120;

/** A message as text: when, where, what, and its body on the same line. */
export function recordText(record: StoredRecord, { style, headers }: TailFormat): string {
  const { time, stream, seq, subject } = record;
  const type = typeOf(record);
  const parts = [
    style.dim(clock(time)),
    style.dim(`${oneLine(stream)}#${seq}`),
    style.cyan(oneLine(subject)),
    ...(type === undefined ? [] : [style.bold(oneLine(type))]),
    bodyText(readBody(record), style),
  ];
  const lines = [parts.join(' ')];
  if (headers)
    for (const [name, value] of Object.entries(record.headers))
      lines.push(style.dim(`    ${oneLine(name)}: ${oneLine(value)}`));
  return lines.join('\n');
}

/** A message as one JSON document. `data` is its body; text that is no JSON is `text`, bytes are `base64`. */
export function recordJson(record: StoredRecord): Readonly<Record<string, unknown>> {
  const { stream, seq, time, subject, headers } = record;
  const body = readBody(record);
  return {
    stream,
    seq,
    time: time.toISOString(),
    subject,
    type: typeOf(record),
    id: idOf(record),
    contentType: contentTypeOf(headers),
    headers,
    ...(body.kind === 'json' ? { data: new JsonText(body.json) } : {}),
    ...(body.kind === 'text' ? { text: body.text } : {}),
    ...(body.kind === 'binary' ? { base64: body.base64 } : {}),
  };
}

/** A body on one line. */
function bodyText(body: Body, style: Style): string {
  switch (body.kind) {
    case 'json':
      return printable(body.json);
    case 'text':
      return oneLine(body.text);
    case 'binary':
      return style.yellow(`(binary) ${shorten(body.base64, BINARY_SHOWN)}`);
    case 'empty':
      return style.dim('(empty)');
  }
}

function clock(time: Date): string {
  return time.toISOString().slice(0, 23).replace('T', ' ');
}
