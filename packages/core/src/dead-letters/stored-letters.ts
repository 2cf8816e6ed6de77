/** Reads a dead letter stream page by page, up to where it ended when the reading began. */
import { JetlaneError } from '@jetlane/contracts';
import type { StoredMsg, StreamInfo } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/nats-core';
import type { Admin } from '../topology/admin.ts';
import { API_CODE, ask, refusal } from '../topology/jetstream-api.ts';
import {
  type DeadLetter,
  type DeadLetterFilter,
  matchesFilter,
  toDeadLetter,
} from './dead-letter.ts';
import { deadLetterFilter } from './subjects.ts';

/**
 * Dead letters that the filter means, oldest first. What is buried meanwhile is not among them, so that a replay that fails
 * again ends. Nothing when the stream does not exist yet.
 */
export async function* readLetters(
  admin: Admin,
  name: string,
  filter: DeadLetterFilter,
): AsyncIterable<DeadLetter> {
  const info = await lettersInfo(admin, name);
  if (info === undefined) return;
  if (filter.seq !== undefined) {
    const letter = await readLetter(admin, name, filter.seq);
    if (letter !== undefined && matchesFilter(letter, filter)) yield letter;
    return;
  }
  const subject = deadLetterFilter(name, filter.stream, filter.worker);
  const last = info.state.last_seq;
  let cuts = 0;
  const first = Math.max(1, info.state.first_seq, (filter.after ?? 0) + 1);
  for (let next = first; next <= last; ) {
    const page = await readPage(admin, name, subject, next);
    if (page === undefined) return;
    for (const letter of page) {
      if (letter.seq > last) return;
      if (matchesFilter(letter, filter)) yield letter;
    }
    const end = page.at(-1);
    if (end !== undefined) next = end.seq + 1;
    // A connection that breaks ends a page early. Asking for anything else tells, or waits for it.
    else if (++cuts > CUTS_MAX) throw cutOff(name);
    else await lettersInfo(admin, name);
  }
}

/** The dead letter at one position; undefined when nothing, or something else, is there. */
export async function readLetter(
  admin: Admin,
  name: string,
  seq: number,
): Promise<DeadLetter | undefined> {
  const stored = await admin.jsm.streams.getMessage(name, { seq });
  if (stored === null) return undefined;
  const [root] = deadLetterFilter(name).split('.*');
  return stored.subject.startsWith(`${root}.`) ? toLetter(stored) : undefined;
}

/** The stream's state; undefined when it does not exist. */
export async function lettersInfo(admin: Admin, name: string): Promise<StreamInfo | undefined> {
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${name}`);
  if (answer.ok) return answer.value;
  if (answer.code === API_CODE.streamNotFound) return undefined;
  throw refusal(answer, `reading stream ${name}`);
}

/** All headers; the last value wins where one repeats. */
function toRecordHeaders(headers: MsgHdrs | undefined): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, values] of headers ?? []) {
    const value = values.at(-1);
    if (value !== undefined) record[name] = value;
  }
  return record;
}

const CUTS_MAX = 3;
const PAGE_MESSAGES = 128;
const PAGE_BYTES = 8 * 1024 * 1024;

function cutOff(name: string): JetlaneError {
  const words = `reading dead letters of ${name} was cut off ${CUTS_MAX} times; try again when the connection holds`;
  return new JetlaneError('CONNECTION_LOST', words, { retryable: true });
}

/** Undefined when nothing follows. */
async function readPage(
  admin: Admin,
  name: string,
  subject: string,
  seq: number,
): Promise<DeadLetter[] | undefined> {
  const page: DeadLetter[] = [];
  const options = { seq, next_by_subj: subject, batch: PAGE_MESSAGES, max_bytes: PAGE_BYTES };
  try {
    const messages = await admin.jsm.direct.getBatch(name, options);
    for await (const message of messages) page.push(toLetter(message));
  } catch (cause) {
    if ((cause as { code?: unknown }).code === NO_RESULTS) return undefined;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new JetlaneError(
      'CONNECTION_LOST',
      `reading dead letters of ${name} failed (${words}); try again when the server answers`,
      { cause },
    );
  }
  return page;
}

const NO_RESULTS = 404;

function toLetter(stored: StoredMsg): DeadLetter {
  return toDeadLetter({
    seq: stored.seq,
    subject: stored.subject,
    headers: originalHeaders(stored.header),
    // A Buffer is shown and compared unlike other bytes.
    payload: new Uint8Array(stored.data),
    time: stored.time,
  });
}

/** Direct reads add headers that tell where a message was. */
function originalHeaders(headers: MsgHdrs): Record<string, string> {
  const record = toRecordHeaders(headers);
  for (const name of DIRECT_HEADERS) delete record[name];
  return record;
}

const DIRECT_HEADERS = [
  'Nats-Stream',
  'Nats-Sequence',
  'Nats-Time-Stamp',
  'Nats-Subject',
  'Nats-Last-Sequence',
  'Nats-Num-Pending',
  'Nats-UpTo-Sequence',
];
