/**
 * How long the oldest message that a consumer has not settled has been stored. Everything up to its ack floor is settled, so it
 * is the first one after it that matches its filters: one small read, and seldom another where the floor does not move.
 */
import type { Connection } from '@jetlane/core';
import { inTurns } from '../survey/survey.ts';
import type { ReadConsumer, Reading, ReadStream } from './reading.ts';

/** Ages of one reading, in milliseconds, by {@link consumerKey}. None: nothing waits, or it was not looked at. */
export type Ages = ReadonlyMap<string, number>;

/** Finds ages, and remembers what it found. */
export interface AgeFinder {
  /** Never rejects: what cannot be read has no age. */
  find(reading: Reading): Promise<Ages>;
}

/** Reads in one look, over all consumers; the others come next time. */
const READS_MAX = 24;
/** Larger messages are not read for their time alone. */
const AVERAGE_BYTES_MAX = 64 * 1024;
/** Each filter is a read of its own. */
const FILTERS_MAX = 6;
/** How long an age counts that was found before and could not be found anew. */
const STALE_MS = 10_000;
/** A message may go without being settled, by age or by hand: what was found is looked for again after so long. */
const RENEW_MS = 30_000;

interface Found {
  readonly floorSeq: number;
  readonly created: string;
  /** When the message was stored; undefined: there was none. */
  readonly storedMs: number | undefined;
  readonly lookedMs: number;
}

/** Identifies a consumer among all streams: neither name has a space in it. */
export function consumerKey(stream: string, consumer: string): string {
  return `${stream} ${consumer}`;
}

/** Makes a finder for one connection. */
export function ageFinder(connection: Pick<Connection, 'jsm'>): AgeFinder {
  let known = new Map<string, Found>();
  return {
    async find(reading) {
      const waiting = reading.streams.flatMap((stream) =>
        stream.consumers
          .filter(({ lag, ackPending }) => lag + ackPending > 0)
          .map((consumer) => ({ stream, consumer, key: consumerKey(stream.name, consumer.name) })),
      );
      // What has gone, or waits for nothing, is forgotten.
      known = new Map(
        waiting.flatMap(({ key, consumer }) => {
          const found = known.get(key);
          return found?.created === consumer.created ? [[key, found] as const] : [];
        }),
      );
      const due = waiting
        .filter(({ key, consumer }) => !isCurrent(known.get(key), consumer, reading.atMs))
        .filter(({ stream, consumer }) => isReadable(stream, consumer))
        .sort((a, b) => lookedMs(known, a.key) - lookedMs(known, b.key));
      let reads = 0;
      const now = due.filter(({ consumer }) => {
        reads += Math.max(1, consumer.filters.length);
        return reads <= READS_MAX;
      });
      await inTurns(now, async ({ stream, consumer, key }) => {
        const { floorSeq, created } = consumer;
        const before = known.get(key);
        const storedMs = await firstAfter(connection, stream, consumer).catch(() =>
          before?.floorSeq === floorSeq ? before.storedMs : undefined,
        );
        known.set(key, { floorSeq, created, storedMs, lookedMs: reading.atMs });
      });
      return new Map(waiting.flatMap((each) => ageOf(each, known.get(each.key), reading.atMs)));
    },
  };
}

/** Nothing found is no answer that lasts: something waits, so the read failed, or came too early. */
function isCurrent(
  found: Found | undefined,
  { floorSeq }: ReadConsumer,
  nowMs: number,
): found is Found {
  return (
    found?.floorSeq === floorSeq &&
    found.storedMs !== undefined &&
    nowMs - found.lookedMs < RENEW_MS
  );
}

function lookedMs(known: ReadonlyMap<string, Found>, key: string): number {
  return known.get(key)?.lookedMs ?? 0;
}

function isReadable({ bytes, messages }: ReadStream, { filters }: ReadConsumer): boolean {
  return bytes <= AVERAGE_BYTES_MAX * Math.max(1, messages) && filters.length <= FILTERS_MAX;
}

function ageOf(
  { consumer, key }: { readonly consumer: ReadConsumer; readonly key: string },
  found: Found | undefined,
  nowMs: number,
): (readonly [string, number])[] {
  if (found?.storedMs === undefined) return [];
  const current = found.floorSeq === consumer.floorSeq;
  if (!current && nowMs - found.lookedMs > STALE_MS) return [];
  // By the server's clock, both; of what has moved on, as it was then.
  const atMs = current ? consumer.atMs : found.lookedMs;
  return [[key, Math.max(0, atMs - found.storedMs)]];
}

async function firstAfter(
  { jsm }: Pick<Connection, 'jsm'>,
  { name, direct }: ReadStream,
  { floorSeq, filters }: ReadConsumer,
): Promise<number | undefined> {
  const subjects = filters.length === 0 ? ['>'] : filters;
  const found = await Promise.all(
    subjects.map((subject) => {
      const query = { seq: floorSeq + 1, next_by_subj: subject };
      return direct ? jsm.direct.getMessage(name, query) : jsm.streams.getMessage(name, query);
    }),
  );
  const first = found
    .flatMap((message) => (message === null ? [] : [message]))
    .sort((a, b) => a.seq - b.seq)[0];
  return first?.time.getTime();
}
