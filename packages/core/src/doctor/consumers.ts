import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Admin } from '../topology/admin.ts';
import { ownerOf, UNTIL_RESUMED } from '../topology/durables.ts';
import { consumersOf } from '../topology/foreign-overlap.ts';
import { KEEPER_PREFIX } from '../topology/move-consumer.ts';
import { MOVE_KEY } from '../topology/normal-form.ts';
import { GUARD, guardOf } from '../topology/schedule-guard.ts';
import type { Fields } from '../topology/stream-config.ts';
import { advisoryFindings, captureInfo } from './advisories.ts';
import { type Finding, failure, ok, warning } from './finding.ts';
import { isForeign } from './sweep.ts';

/** Exhausted messages, full and abandoned consumers, lag. */
export async function consumerFindings(
  admin: Admin,
  streams: readonly StreamInfo[],
  lagMax: number,
): Promise<Finding[]> {
  const lists = await Promise.all(
    streams.map(async (stream) => {
      const none = stream.state.consumer_count === 0;
      return [stream, none ? [] : await consumersOf(admin, stream.config.name)] as const;
    }),
  );
  // Nobody pulls from a guard: what waits for it waits for its time.
  const consumers = lists.flatMap(([, list]) => list).filter(({ name }) => name !== GUARD);
  const found = lists.flatMap(([stream, list]) => interestFindings(stream, list));
  const configs = new Map(streams.map(({ config }) => [config.name, config]));
  for (const consumer of consumers)
    found.push(
      ...(consumer.name.startsWith(KEEPER_PREFIX)
        ? leftKeeper(consumer)
        : [
            ...exhausted(consumer),
            ...full(consumer),
            ...abandoned(consumer),
            ...lagging(consumer, lagMax),
            ...paused(consumer, configs.get(consumer.stream_name)),
            ...moving(consumer),
          ]),
    );
  const foreign = new Set(
    consumers.filter(isForeign).map(({ stream_name, name }) => `${stream_name} ${name}`),
  );
  found.push(
    ...(await advisoryFindings(admin, (stream, name) => foreign.has(`${stream} ${name}`))),
    ...(await captureAdvice(admin, foreign)),
  );
  return found.length > 0 ? found : [ok('consumers', `${consumers.length} consumers keep up`)];
}

/** A consumer that gives up by itself does so silently, unless somebody writes it down. */
async function captureAdvice(admin: Admin, foreign: ReadonlySet<string>): Promise<Finding[]> {
  if (foreign.size === 0 || (await captureInfo(admin)) !== undefined) return [];
  const [first = ''] = foreign;
  const [stream, name] = first.split(' ');
  const others = foreign.size === 1 ? '' : ` and ${foreign.size - 1} others`;
  return [
    warning(
      'capture',
      `consumer ${name} of ${stream}${others} give up after max_deliver deliveries, and nothing notes of which messages`,
      'jetlane doctor --capture notes them from now on',
    ),
  ];
}

/** What nobody waits for is not even stored, and what waits for its time only while the guard is there. */
function interestFindings({ config }: StreamInfo, consumers: readonly ConsumerInfo[]): Finding[] {
  if (config.retention !== 'interest') return [];
  const guarded = consumers.some(({ name }) => name === GUARD);
  const found: Finding[] = [];
  if (consumers.length === Number(guarded))
    found.push(
      warning(
        'interest',
        `stream ${config.name} has retention 'interest' and no consumer: what is published is acknowledged and not stored`,
        'start a worker on it',
      ),
    );
  if (!guarded && guardOf(config as unknown as Fields) !== undefined && config.metadata?.jetlane)
    found.push(
      failure(
        'schedules',
        `consumer ${GUARD} of ${config.name} is missing: messages that are delayed are refused, and late retries count against max_ack_pending while they wait`,
        'jetlane streams apply APP makes it',
      ),
    );
  return found;
}

function nameOf({ name, stream_name }: ConsumerInfo): string {
  return `consumer ${name} of ${stream_name}`;
}

/**
 * Delivered max_deliver times and settled by nobody: still stored, never delivered again, and counted nowhere else. What was
 * delivered again and is not out any more is one of them; it shows once somebody pulls after the ack wait.
 */
function exhausted(consumer: ConsumerInfo): Finding[] {
  const { config, num_redelivered: redelivered, num_ack_pending: pending } = consumer;
  const count = redelivered - pending;
  if (!((config.max_deliver ?? -1) > 0 && count > 0)) return [];
  return [
    failure(
      'exhausted',
      `${nameOf(consumer)} has ${count} messages that were delivered ${config.max_deliver} times and will never come again`,
      'jetlane doctor --sweep makes dead letters of what it can tell; a Jetlane worker in its place counts by itself and keeps dead letters',
    ),
  ];
}

function full(consumer: ConsumerInfo): Finding[] {
  const { config, num_ack_pending: pending } = consumer;
  const max = config.max_ack_pending ?? -1;
  if (max <= 0 || pending < max) return [];
  return [
    warning(
      'ack-pending',
      `${nameOf(consumer)} has all ${max} messages out that it may: delivery waits`,
      'see why its workers do not finish; start more of them, or raise maxAckPending',
    ),
  ];
}

/** A worker that took messages this long ago may be at them. */
const BUSY_MS = 60_000;

function abandoned(consumer: ConsumerInfo): Finding[] {
  const { config, num_waiting: waiting, num_pending: lag, num_ack_pending: out } = consumer;
  const pushes = config.deliver_subject !== undefined;
  if (pushes ? consumer.push_bound === true : waiting > 0 || out > 0) return [];
  if (lag === 0 || consumer.paused === true) return [];
  // Nothing is ever out of one without acks: busy workers that have no room now show by what they took before.
  const tookMs = Date.parse(String(consumer.delivered.last_active)) || 0;
  if (config.ack_policy === 'none' && Date.parse(consumer.ts ?? '') - tookMs < BUSY_MS) return [];
  return [
    warning(
      'no-puller',
      `nobody takes the ${lag} messages that wait for ${nameOf(consumer)}`,
      `start its worker, or delete it if it is no longer used: on a workqueue or interest stream it keeps them for ever`,
    ),
  ];
}

function lagging(consumer: ConsumerInfo, lagMax: number): Finding[] {
  if (consumer.num_pending < lagMax) return [];
  return [
    warning(
      'lag',
      `${nameOf(consumer)} is ${consumer.num_pending} messages behind`,
      'start more processes of its worker, raise its concurrency, or make its handlers faster',
    ),
  ];
}

function paused(consumer: ConsumerInfo, config: StreamInfo['config'] | undefined): Finding[] {
  if (consumer.paused !== true) return [];
  const until = new Date(consumer.config.pause_until ?? '');
  const { worker, stream } = ownerOf(consumer, config ?? { name: consumer.stream_name });
  const words = until >= UNTIL_RESUMED ? 'until it is resumed' : `until ${until.toISOString()}`;
  return [
    warning(
      'paused',
      `${nameOf(consumer)} is paused ${words}`,
      `jetlane resume ${worker} --stream ${stream}, when it should run`,
    ),
  ];
}

function moving(consumer: ConsumerInfo): Finding[] {
  if (consumer.config.metadata?.[MOVE_KEY] === undefined) return [];
  return [
    warning(
      'drift',
      `the move of ${nameOf(consumer)} to other subjects was interrupted`,
      'jetlane streams apply APP finishes it',
    ),
  ];
}

function leftKeeper(consumer: ConsumerInfo): Finding[] {
  return [
    warning(
      'drift',
      `${nameOf(consumer)} keeps the position of a durable that was being replaced`,
      'jetlane streams apply APP finishes the replacement; it goes by itself an hour later',
    ),
  ];
}
