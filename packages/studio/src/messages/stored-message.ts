import type { Stored } from '../nats.ts';

/** A message as it lies in a stream. */
export interface StoredMessage {
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  readonly timeMs: number;
  /** In their order; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly payload: Uint8Array;
}

/** A message that was read, by a direct read or not. */
export function toStored(
  stream: string,
  read: Pick<Stored, 'seq' | 'subject' | 'time' | 'header' | 'data'>,
  direct: boolean,
): StoredMessage {
  const headers: [string, string][] = [];
  for (const [name, values] of read.header ?? []) {
    // Its maker may have written one of these as well: the server's own comes last.
    const own = direct && DIRECT_HEADERS.has(name) ? values.slice(0, -1) : values;
    for (const value of own) headers.push([name, value]);
  }
  const { seq, subject, time, data: payload } = read;
  return { stream, seq, subject, timeMs: time.getTime(), headers, payload };
}

/** The value of a header: the last one, as for workers. */
export function headerOf(
  { headers }: Pick<StoredMessage, 'headers'>,
  name: string,
): string | undefined {
  return headers.findLast(([each]) => each === name)?.[1];
}

/** `ce-id`, else `Nats-Msg-Id`. */
export function idOf(message: Pick<StoredMessage, 'headers'>): string | null {
  const id = headerOf(message, 'ce-id');
  return id === undefined ? (headerOf(message, 'Nats-Msg-Id') ?? null) : unescaped(id);
}

/** The content type, lower case and without parameters; null when none was sent. */
export function contentTypeOf(message: Pick<StoredMessage, 'headers'>): string | null {
  const given =
    headerOf(message, 'ce-datacontenttype') ??
    headerOf(message, 'content-type') ??
    headerOf(message, 'Content-Type');
  return given === undefined
    ? null
    : (unescaped(given).split(';')[0] as string).trim().toLowerCase();
}

/** Undoes the percent-encoding of CloudEvents headers; text that was not encoded properly comes back as it is. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Headers that a direct read adds, to tell where the message was. */
const DIRECT_HEADERS: ReadonlySet<string> = new Set([
  'Nats-Stream',
  'Nats-Sequence',
  'Nats-Time-Stamp',
  'Nats-Subject',
  'Nats-Last-Sequence',
  'Nats-Num-Pending',
  'Nats-UpTo-Sequence',
]);
