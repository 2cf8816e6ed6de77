/**
 * Sends dead letters back. For each: publish under an id made of the record's own position, await the stream's ack, and
 * only then delete the record. Interrupted anywhere and run again, a record that was published already is recognised (by
 * the deduplication window, or by reading back the last message of its subject), and one that was not is still there.
 */
import { isJetlaneError, JetlaneError } from '@jetlane/contracts';
import { type ConsumerInfo, type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { errors, type MsgHdrs, headers as makeHeaders } from '@nats-io/nats-core';
import type { Admin } from '../topology/admin.ts';
import { API_CODE, ask, refusal } from '../topology/jetstream-api.ts';
import type { Fields } from '../topology/stream-config.ts';
import { filtersOf, uncovered } from '../topology/wanted.ts';
import type { DeadLetter } from './dead-letter.ts';
import { kept, RECORD_HEADERS, toHeaderText } from './record.ts';
import { replayFilter, replaySubject } from './subjects.ts';

/** What to change in a message before it is sent back. What is absent stays as it is. */
export interface ReplayEdit {
  readonly payload?: Uint8Array;
  /** Replaces all its headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How to replay. */
export interface ReplayOptions {
  /**
   * To the worker that gave up and to nobody else, or to the original subject, where every consumer gets it again.
   * Default `'worker'`.
   */
  readonly to?: 'worker' | 'subject';
  /** At most so many messages a second. Default: no limit. */
  readonly rate?: number;
  /** Only count what would be sent. Default false. */
  readonly dryRun?: boolean;
  /** Changes a message on its way. Resolve to undefined to leave it as it is. */
  readonly edit?: (letter: DeadLetter) => ReplayEdit | undefined | Promise<ReplayEdit | undefined>;
  /** Ends the replay after the message under way; what is left stays. */
  readonly signal?: AbortSignal;
  /** Called after each message. */
  readonly onReplayed?: (letter: DeadLetter) => void;
}

/** What a replay did. */
export interface Replayed {
  /** Sent back and removed; of a dry run, those that would be. */
  readonly replayed: number;
  /** Left where they are, and why. */
  readonly skipped: readonly { readonly seq: number; readonly why: string }[];
}

/** Sends back every letter given. */
export async function replayLetters(
  admin: Admin,
  deadLetterStream: string,
  letters: AsyncIterable<DeadLetter>,
  options: ReplayOptions,
): Promise<Replayed> {
  const target: Target = {
    admin,
    js: jetstream(admin.nc, admin.jsm.getOptions()),
    deadLetterStream,
    to: options.to ?? 'worker',
    obstacles: new Map(),
  };
  const size = chunkSize(options.rate);
  const skipped: { seq: number; why: string }[] = [];
  let replayed = 0;
  for await (const chunk of chunksOf(letters, size)) {
    if (options.signal?.aborted) break;
    const startMs = Date.now();
    const ready = await prepareChunk(target, chunk, options, skipped);
    if (options.dryRun !== true) {
      // All are written in order before the first ack is awaited.
      await settled(ready.map((message) => publish(target, message)));
      await settled(ready.map(({ letter }) => remove(admin, deadLetterStream, letter.seq)));
    }
    replayed += ready.length;
    for (const { letter } of ready) options.onReplayed?.(letter);
    if (options.rate !== undefined)
      await pause((size / options.rate) * 1_000 - (Date.now() - startMs));
  }
  return { replayed, skipped };
}

/** Deletes one record; one that is gone already is fine. */
export async function remove(admin: Admin, stream: string, seq: number): Promise<void> {
  const answer = await ask(admin, `STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true });
  if (!answer.ok && !GONE.has(answer.code)) throw refusal(answer, `deleting ${seq} of ${stream}`);
}

const CHUNK_MAX = 64;
const PUBLISH_TIMEOUT_MS = 10_000;
const PUBLISH_TRIES_MAX = 3;
/** No such message; sequence not found. */
const GONE: ReadonlySet<number> = new Set<number>([API_CODE.notFoundInStream, 10_043, 10_057]);

interface Target {
  readonly admin: Admin;
  readonly js: JetStreamClient;
  readonly deadLetterStream: string;
  readonly to: 'worker' | 'subject';
  /** By stream and worker: why nothing can be sent there; undefined when it can. */
  readonly obstacles: Map<string, Promise<string | undefined>>;
}

interface Ready {
  readonly letter: DeadLetter;
  readonly subject: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

async function prepareChunk(
  target: Target,
  letters: readonly DeadLetter[],
  options: ReplayOptions,
  skipped: { seq: number; why: string }[],
): Promise<Ready[]> {
  const ready: Ready[] = [];
  for (const letter of letters) {
    const why = await obstacle(target, letter);
    const payload = why === undefined ? await bodyOf(target, letter) : undefined;
    if (payload === undefined) {
      skipped.push({ seq: letter.seq, why: why ?? bodyLost(letter) });
      continue;
    }
    const edit = options.dryRun === true ? undefined : await options.edit?.(letter);
    ready.push({
      letter,
      subject: subjectOf(target.to, letter),
      id: `replay:${letter.worker}:${letter.streamSeq}:${letter.seq}`,
      headers: edit?.headers ?? originalHeaders(letter),
      payload: edit?.payload ?? payload,
    });
  }
  return ready;
}

function subjectOf(to: 'worker' | 'subject', { stream, worker, subject }: DeadLetter): string {
  return to === 'worker' ? replaySubject(stream, worker, subject) : subject;
}

/** Keeps the message's identity: its own id in `ce-id`, whatever this publication is called. */
function originalHeaders(letter: DeadLetter): Record<string, string> {
  const headers = kept(letter.headers);
  const id = letter.headers[RECORD_HEADERS.msgId] ?? `${letter.subject}:${letter.streamSeq}`;
  return { 'ce-id': toHeaderText(id), ...headers };
}

async function publish(target: Target, message: Ready): Promise<void> {
  if (await isThere(target, message)) return;
  const headers = toMsgHdrs(message.headers);
  for (let tries = 1; ; tries++) {
    try {
      await target.js.publish(message.subject, message.payload, {
        msgID: message.id,
        headers,
        timeout: PUBLISH_TIMEOUT_MS,
        ...(target.to === 'worker' ? { expect: { streamName: message.letter.stream } } : {}),
      });
      return;
    } catch (cause) {
      // The same id again stores nothing twice.
      const again = cause instanceof errors.TimeoutError && tries < PUBLISH_TRIES_MAX;
      if (!again) throw publishError(message, cause);
    }
  }
}

/** Published by an earlier, interrupted run, longer ago than the deduplication window reaches. */
async function isThere({ admin, to }: Target, { letter, subject, id }: Ready): Promise<boolean> {
  if (to === 'subject') return false;
  const last = await admin.jsm.direct
    .getMessage(letter.stream, { last_by_subj: subject })
    .catch(() => null);
  return last?.header.get('Nats-Msg-Id') === id;
}

/** A body that did not fit into the record is taken from where it was, while it is still there. */
async function bodyOf({ admin }: Target, letter: DeadLetter): Promise<Uint8Array | undefined> {
  if (letter.truncatedBytes === undefined) return letter.payload;
  const original = await admin.jsm.streams
    .getMessage(letter.stream, { seq: letter.streamSeq })
    .catch(() => null);
  const same = original !== null && original.data.length === letter.truncatedBytes;
  return same && original.time.getTime() === letter.time.getTime() ? original.data : undefined;
}

function bodyLost({ truncatedBytes, stream, streamSeq }: DeadLetter): string {
  return `its body of ${truncatedBytes} bytes did not fit into the record, and message ${streamSeq} of ${stream} is gone`;
}

function obstacle(target: Target, letter: DeadLetter): Promise<string | undefined> {
  if (letter.subject === '')
    return Promise.resolve('it has no jl-subject header: Jetlane did not make it');
  if (target.to === 'subject') return Promise.resolve(undefined);
  const key = `${letter.stream} ${letter.worker}`;
  const known = target.obstacles.get(key) ?? workerObstacle(target.admin, letter);
  target.obstacles.set(key, known);
  return known;
}

/** A replay that no consumer takes would be stored and seen by nobody, or on an interest stream not even stored. */
async function workerObstacle(
  admin: Admin,
  { stream, worker }: DeadLetter,
): Promise<string | undefined> {
  const answer = await ask<ConsumerInfo>(admin, `CONSUMER.INFO.${stream}.${worker}`);
  if (!answer.ok) {
    if (answer.code !== API_CODE.consumerNotFound && answer.code !== API_CODE.streamNotFound) {
      throw refusal(answer, `reading consumer ${worker} of ${stream}`);
    }
    return `stream ${stream} has no worker ${worker} any more: replay to 'subject', or start the worker`;
  }
  const filters = filtersOf(answer.value.config as unknown as Fields);
  if (filters.length === 0) return undefined;
  return uncovered(filters, [replayFilter(stream, worker)]).length === 0
    ? undefined
    : `worker ${worker} of ${stream} takes no replays (a mirror stores none): replay to 'subject'`;
}

function toMsgHdrs(record: Readonly<Record<string, string>>): MsgHdrs {
  const headers = makeHeaders();
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return headers;
}

function publishError({ letter, subject }: Ready, cause: unknown): Error {
  if (isJetlaneError(cause)) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  const nobody = cause instanceof errors.RequestError && cause.isNoResponders();
  return nobody || /no responders/i.test(words)
    ? new JetlaneError(
        'NO_STREAM',
        `no stream stores ${subject}, to which dead letter ${letter.seq} goes`,
        { cause },
      )
    : new JetlaneError(
        'PUBLISH_TIMEOUT',
        `dead letter ${letter.seq} could not be sent to ${subject}: ${words}; it is still there`,
        { cause },
      );
}

/** Awaits all of them before the first failure is thrown, so that none is left running. */
async function settled(tasks: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

function chunkSize(rate: number | undefined): number {
  return rate === undefined ? CHUNK_MAX : Math.max(1, Math.min(CHUNK_MAX, Math.floor(rate / 10)));
}

async function* chunksOf<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
