/** Messages as the page shows them. */
import { decodeMessage, type RawMessage } from '@jetlane/contracts';
import { isJetlaneError } from '@jetlane/core';
import type { KnownApps } from '../apps/known-apps.ts';
import type { BodyView, MessageRow } from '../wire.ts';
import { DECODE_LIMITS, previewBody, viewBody } from './body-view.ts';
import { cutAt, harmless } from './json-text.ts';
import { headerOf, idOf, type StoredMessage, unescaped } from './stored-message.ts';

/** A message in a list. */
export function viewRow(message: StoredMessage, apps: KnownApps): MessageRow {
  const { stream, seq, timeMs, subject, payload } = message;
  const { kind, preview } = previewBody(message);
  return {
    stream,
    seq,
    timeMs,
    subject: shown(subject, SUBJECT_MAX),
    type: typeOf(message, apps),
    id: nullOr(idOf(message), (id) => shown(id, ID_MAX)),
    bytes: payload.length,
    preview,
    bodyKind: kind,
  };
}

/** `ce-type`, else what the subject says, where exactly one declared type has it. */
export function typeOf(
  message: Pick<StoredMessage, 'stream' | 'subject' | 'headers'>,
  apps: KnownApps,
): string | null {
  const given = headerOf(message, 'ce-type');
  if (given !== undefined) return shown(unescaped(given), ID_MAX);
  return apps.typeBySubject(message.stream, message.subject);
}

/** A body, checked by the declaration of its type where an app has it. */
export async function viewCheckedBody(message: StoredMessage, apps: KnownApps): Promise<BodyView> {
  const body = viewBody(message);
  const decoded = body.kind === 'json' || body.kind === 'msgpack';
  if (!decoded || typeOf(message, apps) === null) return body;
  const verdict = await checked(message, apps);
  if (verdict === 'fits') return { ...body, kind: 'contract' };
  return verdict === 'unknown' ? body : { ...body, problem: shown(verdict.problem, PROBLEM_MAX) };
}

/** Headers as pairs: as many and as much of each as a page can show. */
export function viewHeaders(headers: StoredMessage['headers']): {
  readonly headers: readonly (readonly [string, string])[];
  readonly headersCut: number;
} {
  const some = headers.slice(0, HEADERS_MAX);
  const long = some.filter(([name, value]) => name.length > ID_MAX || value.length > HEADER_MAX);
  return {
    headers: some.map(([name, value]) => [shown(name, ID_MAX), shown(value, HEADER_MAX)] as const),
    headersCut: headers.length - some.length + long.length,
  };
}

/** Text of other programs, with an end, and nothing in it that changes how it is read. */
export function shown(text: string, max: number): string {
  const cut = cutAt(text, max);
  return `${harmless(cut, true)}${cut.length < text.length ? '…' : ''}`;
}

const SUBJECT_MAX = 512;
const ID_MAX = 256;
const HEADER_MAX = 4096;
const HEADERS_MAX = 100;
const PROBLEM_MAX = 2_000;
/** For schemas that ask somebody else. */
const CHECK_MS = 1_000;

async function checked(
  message: StoredMessage,
  apps: KnownApps,
): Promise<'fits' | 'unknown' | { readonly problem: string }> {
  const catalog = apps.catalogOf(message.stream);
  if (catalog === undefined) return 'unknown';
  const raw: RawMessage = {
    subject: message.subject,
    payload: message.payload,
    seq: message.seq,
    attempt: 1,
    timeMs: message.timeMs,
    header: (name) => headerOf(message, name),
    headers: () => Object.fromEntries(message.headers),
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), CHECK_MS);
  });
  try {
    const decoding = (async () =>
      decodeMessage(catalog, raw, { validate: 'always', limits: DECODE_LIMITS }))();
    const first = await Promise.race([decoding, late]);
    decoding.catch(() => {});
    return first === 'late' ? { problem: 'Its schema has not answered.' } : 'fits';
  } catch (error) {
    if (isJetlaneError(error, 'TYPE_UNKNOWN')) return 'unknown';
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function nullOr<T, U>(value: T | null, map: (value: T) => U): U | null {
  return value === null ? null : map(value);
}
