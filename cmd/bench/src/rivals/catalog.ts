/** All rivals, Jetlane first: the others are measured against it. */
import { bullmq } from './drivers/bullmq.ts';
import { jetlane } from './drivers/jetlane.ts';
import { kafka } from './drivers/kafka.ts';
import { natsV2 } from './drivers/nats-v2.ts';
import { natsV3, natsV3Callback } from './drivers/nats-v3.ts';
import { nestjs } from './drivers/nestjs.ts';
import { rabbitmq } from './drivers/rabbitmq.ts';
import { redisStreams } from './drivers/redis-streams.ts';
import type { Rival } from './rival.ts';

/** In the order of the tables. */
export const rivals: readonly Rival[] = [
  jetlane,
  natsV3,
  natsV3Callback,
  natsV2,
  nestjs,
  redisStreams,
  bullmq,
  rabbitmq,
  kafka,
];

/** The rival of this id, which exists. */
export function rivalOf(id: string): Rival {
  const rival = rivals.find((rival) => rival.id === id);
  if (rival === undefined) throw new Error(`no rival ${id}`);
  return rival;
}
