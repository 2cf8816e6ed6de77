import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Admin } from '../topology/admin.ts';
import { consumersOf } from '../topology/foreign-overlap.ts';
import { KEEPER_PREFIX } from '../topology/move-consumer.ts';
import { MOVE_KEY } from '../topology/normal-form.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

/** Exhausted messages, full and abandoned consumers, lag. */
export async function consumerFindings(
  admin: Admin,
  streams: readonly StreamInfo[],
  lagMax: number,
): Promise<Finding[]> {
  const busy = streams.filter(({ state }) => state.consumer_count > 0);
  const lists = await Promise.all(busy.map(({ config }) => consumersOf(admin, config.name)));
  const consumers = lists.flat();
  const found = consumers.flatMap((consumer) =>
    consumer.name.startsWith(KEEPER_PREFIX)
      ? leftKeeper(consumer)
      : [
          ...exhausted(consumer),
          ...full(consumer),
          ...abandoned(consumer),
          ...lagging(consumer, lagMax),
          ...paused(consumer),
          ...moving(consumer),
        ],
  );
  return found.length > 0 ? found : [ok('consumers', `${consumers.length} consumers keep up`)];
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
      'set it back with the CONSUMER.RESET request, and let a Jetlane worker take its place: that counts by itself and keeps dead letters',
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

function abandoned(consumer: ConsumerInfo): Finding[] {
  const { config, num_waiting: waiting, num_pending: lag, num_ack_pending: out } = consumer;
  const pushes = config.deliver_subject !== undefined;
  if (pushes ? consumer.push_bound === true : waiting > 0 || out > 0) return [];
  if (lag === 0 || consumer.paused === true) return [];
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

function paused(consumer: ConsumerInfo): Finding[] {
  if (consumer.paused !== true) return [];
  return [
    warning(
      'paused',
      `${nameOf(consumer)} is paused until ${consumer.config.pause_until}`,
      'resume it when it should run',
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
