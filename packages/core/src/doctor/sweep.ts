/**
 * Makes dead letters of messages that a consumer of others will never deliver again. Which they are, a server tells in two cases
 * only: on a workqueue, where whatever matches and was delivered must be exhausted once nothing is out; and where the advisory
 * was captured when it happened. Elsewhere exhausted and acknowledged messages look alike.
 */
import { JetlaneError } from '@jetlane/contracts';
import type { ConsumerInfo, StoredMsg, StreamInfo } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import type { Buried } from '../dead-letters/record.ts';
import { toRecord } from '../dead-letters/record.ts';
import { readLetters } from '../dead-letters/stored-letters.ts';
import { DEFAULT_DEAD_LETTERS } from '../dead-letters/subjects.ts';
import type { Admin } from '../topology/admin.ts';
import { deadLetterConfig } from '../topology/dead-letter-stream.ts';
import { consumersOf } from '../topology/foreign-overlap.ts';
import { API_CODE, ask, refusal } from '../topology/jetstream-api.ts';
import { filtersOf } from '../topology/normal-form.ts';
import type { Fields } from '../topology/stream-config.ts';
import { type Advisory, captureInfo, forgetAdvisory, readExhausted } from './advisories.ts';
import { listStreams } from './streams.ts';

/** What a sweep did for one consumer. */
export interface Swept {
  readonly stream: string;
  readonly consumer: string;
  /** Sequences that became dead letters now; of a dry run, those that would. */
  readonly buried: readonly number[];
  /** What could not be swept, and why; undefined when everything could. */
  readonly left: string | undefined;
}

/** How to sweep. */
export interface SweepOptions {
  /** Only say what would be buried. Default false. */
  readonly dryRun?: boolean;
}

/**
 * Looks at every consumer with a limit of deliveries that Jetlane does not manage, and buries in `'DLQ'` what it exhausted, once.
 * The record is stored first; then the message leaves its workqueue. On other streams it stays where it is. Replay it to its
 * subject, or, from a workqueue without filters, to the consumer.
 *
 * @throws JetlaneError `STREAM_FULL`, `CONNECTION_LOST`, `PERMISSION_DENIED`: what was not buried is still there
 */
export async function sweep(admin: Admin, { dryRun = false }: SweepOptions = {}): Promise<Swept[]> {
  const streams = await listStreams(admin);
  const advisories = new Map<string, Advisory[]>();
  for await (const advisory of readExhausted(admin)) {
    const key = `${advisory.stream} ${advisory.consumer}`;
    advisories.set(key, [...(advisories.get(key) ?? []), advisory]);
  }
  const captured = (await captureInfo(admin)) !== undefined;
  const swept: Swept[] = [];
  for (const stream of streams) {
    if (stream.state.consumer_count === 0) continue;
    for (const consumer of (await consumersOf(admin, stream.config.name)).filter(isForeign)) {
      const told = advisories.get(`${stream.config.name} ${consumer.name}`) ?? [];
      const one = new ConsumerSweep(admin, stream, consumer, dryRun);
      swept.push(
        await (stream.config.retention === 'workqueue'
          ? one.ofWorkqueue(told)
          : one.ofOthers(told, captured)),
      );
    }
  }
  return swept;
}

/** A consumer that Jetlane does not count for, and that gives up by itself. */
export function isForeign({ config }: ConsumerInfo): boolean {
  return (config.max_deliver ?? -1) > 0 && config.metadata?.jetlane === undefined;
}

class ConsumerSweep {
  readonly #admin: Admin;
  readonly #stream: StreamInfo;
  #consumer: ConsumerInfo;
  readonly #dryRun: boolean;
  readonly #buried: number[] = [];

  constructor(admin: Admin, stream: StreamInfo, consumer: ConsumerInfo, dryRun: boolean) {
    this.#admin = admin;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#dryRun = dryRun;
  }

  async ofWorkqueue(told: readonly Advisory[]): Promise<Swept> {
    if (!(await this.#untilNothingIsOut()))
      return this.#result(
        `${this.#consumer.num_ack_pending} messages are out, so those that are exhausted cannot be told from them: sweep again when it is quiet; where nobody reads any more, start one of its readers for a moment`,
      );
    const before = await this.#knownBefore();
    const last = this.#consumer.delivered.stream_seq;
    for (const filter of this.#filters()) {
      for (let seq = 1; seq <= last; ) {
        const message = await this.#message({ seq, next_by_subj: filter });
        if (message === undefined || message.seq > last) break;
        await this.#bury(message, before);
        if (!this.#dryRun) await this.#deleteOriginal(message.seq);
        seq = message.seq + 1;
      }
    }
    for (const advisory of told) if (!this.#dryRun) await forgetAdvisory(this.#admin, advisory);
    return this.#result(undefined);
  }

  async ofOthers(told: readonly Advisory[], captured: boolean): Promise<Swept> {
    const before = await this.#knownBefore();
    for (const advisory of told) {
      const message = await this.#message({ seq: advisory.seq });
      // Told of an earlier stream or consumer of these names, it is about another message.
      const made = Date.parse(String(this.#consumer.created));
      const same = message !== undefined && message.time.getTime() <= advisory.timeMs;
      if (same && made <= advisory.timeMs) await this.#bury(message, before);
      if (!this.#dryRun) await forgetAdvisory(this.#admin, advisory);
    }
    const { retention } = this.#stream.config;
    return this.#result(
      captured
        ? undefined
        : `on a stream with retention '${retention}' exhausted and acknowledged messages look alike: 'jetlane doctor --capture' notes those that come from now on`,
    );
  }

  #result(left: string | undefined): Swept {
    const { name: consumer, stream_name: stream } = this.#consumer;
    return { stream, consumer, buried: this.#buried, left };
  }

  #filters(): readonly string[] {
    const filters = filtersOf(this.#consumer.config as unknown as Fields);
    return filters.length === 0 ? ['>'] : filters;
  }

  /** What is not out and was delivered is exhausted, for good: one quiet moment is enough. */
  async #untilNothingIsOut(): Promise<boolean> {
    const { name, stream_name: stream } = this.#consumer;
    const untilMs = Date.now() + QUIET_WITHIN_MS;
    for (;;) {
      const answer = await ask<ConsumerInfo>(this.#admin, `CONSUMER.INFO.${stream}.${name}`);
      if (!answer.ok) throw refusal(answer, `reading consumer ${name} of ${stream}`);
      this.#consumer = answer.value;
      if (answer.value.num_ack_pending === 0) return true;
      if (Date.now() >= untilMs) return false;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #message(query: { seq: number; next_by_subj?: string }): Promise<StoredMsg | undefined> {
    const found = await this.#admin.jsm.streams.getMessage(
      this.#stream.config.name,
      query as { seq: number },
    );
    return found ?? undefined;
  }

  /** Buried by a sweep that was interrupted, longer ago than its id is known. */
  async #knownBefore(): Promise<ReadonlySet<string>> {
    const of = { stream: this.#stream.config.name, worker: this.#consumer.name };
    const known = new Set<string>();
    for await (const letter of readLetters(this.#admin, DEFAULT_DEAD_LETTERS, of))
      known.add(`${letter.streamSeq} ${letter.time.getTime()}`);
    return known;
  }

  async #bury(message: StoredMsg, before: ReadonlySet<string>): Promise<void> {
    const timeMs = message.time.getTime();
    if (before.has(`${message.seq} ${timeMs}`)) return;
    this.#buried.push(message.seq);
    if (this.#dryRun) return;
    const { name, config } = this.#consumer;
    const stream = { name: this.#stream.config.name };
    const attempt = config.max_deliver ?? 0;
    const error = new JetlaneError(
      'HANDLER_FAILED',
      `consumer ${name} delivered it ${attempt} times, as often as its max_deliver allows, and nobody acknowledged it`,
    );
    const record = toRecord(
      toBuried(message, timeMs),
      { name, stream, deadLetter: DEFAULT_DEAD_LETTERS },
      {
        reason: 'max-deliver',
        error,
        attempt,
        nowMs: Date.now(),
        maxBytes: this.#admin.nc.info?.max_payload ?? 1_048_576,
      },
    );
    await this.#store(record);
  }

  async #store({ subject, payload, headers }: ReturnType<typeof toRecord>): Promise<void> {
    await this.#makeDeadLetters();
    const all = makeHeaders();
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    const reply = await this.#admin.nc.request(subject, payload, { headers: all, timeout: ACK_MS });
    const { error } = reply.json<{ error?: { err_code: number; description: string } }>();
    if (error === undefined) return;
    throw new JetlaneError(
      'STREAM_FULL',
      `${DEFAULT_DEAD_LETTERS} refused a dead letter: ${error.description} (${error.err_code}); the message stays where it is`,
    );
  }

  async #makeDeadLetters(): Promise<void> {
    const config = deadLetterConfig(DEFAULT_DEAD_LETTERS, this.#stream.config.num_replicas);
    const known = await ask(this.#admin, `STREAM.INFO.${DEFAULT_DEAD_LETTERS}`);
    if (known.ok) return;
    const made = await ask(this.#admin, `STREAM.CREATE.${DEFAULT_DEAD_LETTERS}`, config);
    if (!made.ok && made.code !== API_CODE.streamExists) throw refusal(made, 'creating DLQ');
  }

  async #deleteOriginal(seq: number): Promise<void> {
    const { name } = this.#stream.config;
    const answer = await ask(this.#admin, `STREAM.MSG.DELETE.${name}`, { seq, no_erase: true });
    const gone = !answer.ok && /not found|no message found/i.test(answer.words);
    if (!answer.ok && !gone) throw refusal(answer, `deleting message ${seq} of ${name}`);
  }
}

const QUIET_WITHIN_MS = 3_000;
const PAUSE_MS = 100;
const ACK_MS = 10_000;

function toBuried(message: StoredMsg, timeMs: number): Buried {
  return {
    subject: message.subject,
    payload: message.data,
    seq: message.seq,
    timeMs,
    headers: () =>
      Object.fromEntries(
        [...(message.header ?? [])].map(([name, values]) => [name, values.at(-1) ?? '']),
      ),
  };
}
