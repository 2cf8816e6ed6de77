/** Pausing and resuming: one durable, or all of a worker. */
import { pauseDurables, UNTIL_RESUMED } from '@jetlane/core';
import { Failure } from '../failure.ts';
import { type Given, Query } from '../query.ts';
import { viewConsumer } from '../snapshot/consumer-row.ts';
import { readConsumer, readStream } from '../snapshot/read-lists.ts';
import { placeOf } from '../snapshot/stream-place.ts';
import type { Surroundings } from '../surroundings.ts';
import type { ActionAnswer } from '../wire.ts';

/** `api/actions/pause`. */
export async function pause(given: Given, surroundings: Surroundings): Promise<ActionAnswer> {
  const query = new Query(given, ['stream', 'consumer', 'worker', 'forMs']);
  const target = targetOf(query);
  const forMs =
    given['forMs'] === null
      ? Number.POSITIVE_INFINITY
      : query.whole('forMs', FOR_MIN_MS, FOR_MAX_MS);
  if (given['forMs'] === undefined)
    query.problem('forMs is missing: milliseconds, or null for until it is resumed');
  query.done();
  return set(surroundings, target, forMs as number);
}

/** `api/actions/resume`. */
export async function resume(given: Given, surroundings: Surroundings): Promise<ActionAnswer> {
  const query = new Query(given, ['stream', 'consumer', 'worker']);
  const target = targetOf(query);
  query.done();
  return set(surroundings, target, 0);
}

const FOR_MIN_MS = 1_000;
const FOR_MAX_MS = 365 * 24 * 3_600_000;
/** A pause that ends by itself wakes those who wait at once; one that is taken back does not. */
const SOON_MS = 100;
const WORKER_TIMEOUT_MS = 15_000;

interface Target {
  readonly stream: string;
  readonly consumer: string | undefined;
  readonly worker: string | undefined;
}

function targetOf(query: Query): Target {
  const target = {
    stream: query.requiredName('stream'),
    consumer: query.name('consumer'),
    worker: query.name('worker'),
  };
  if ((target.consumer === undefined) === (target.worker === undefined))
    query.problem('give consumer, for one durable, or worker, for all durables of a worker');
  return target;
}

async function set(
  surroundings: Surroundings,
  { stream, consumer, worker }: Target,
  forMs: number,
): Promise<ActionAnswer> {
  const { nats } = surroundings;
  if (consumer !== undefined) return setOne(surroundings, { stream, consumer }, forMs);
  const name = worker as string;
  const durables = await nats.run(
    `pausing ${name}`,
    () => pauseDurables(nats.connection, { worker: name, stream }, forMs),
    WORKER_TIMEOUT_MS,
  );
  const several = durables.length > 1 ? ` (${durables.length} partitions)` : '';
  return done(`${name} on ${stream}${several}`, forMs, durables.length);
}

async function setOne(
  { nats, apps }: Surroundings,
  { stream, consumer }: { readonly stream: string; readonly consumer: string },
  forMs: number,
): Promise<ActionAnswer> {
  const [{ config }, info] = await Promise.all([
    readStream(nats, stream),
    readConsumer(nats, stream, consumer),
  ]);
  const { kind } = viewConsumer(info, placeOf(config), apps);
  if (kind === 'guard')
    throw new Failure(
      409,
      'REFUSED',
      `${consumer} only keeps messages for later, and delivers none: there is nothing to pause.`,
    );
  if (forMs > 0 || info.paused === true)
    await nats.ask(`CONSUMER.PAUSE.${stream}.${consumer}`, {
      pause_until: untilOf(info.ts, forMs).toISOString(),
    });
  return done(`${consumer} on ${stream}`, forMs, 1);
}

/** By the server's clock. */
function untilOf(serverTime: string | undefined, forMs: number): Date {
  if (forMs === Number.POSITIVE_INFINITY) return UNTIL_RESUMED;
  const nowMs = Date.parse(serverTime ?? '') || Date.now();
  return new Date(nowMs + (forMs <= 0 ? SOON_MS : forMs));
}

function done(what: string, forMs: number, count: number): ActionAnswer {
  const words =
    forMs <= 0
      ? `${what} runs.`
      : forMs === Number.POSITIVE_INFINITY
        ? `${what} is paused until it is resumed.`
        : `${what} is paused for ${durationWords(forMs)}.`;
  return { words, count, skipped: [] };
}

function durationWords(ms: number): string {
  const [size, unit] = UNITS.find(([unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? UNITS_LAST;
  const count = Math.round((ms / size) * 10) / 10;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const UNITS_LAST = [1_000, 'second'] as const;
const UNITS = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute'], UNITS_LAST] as const;
