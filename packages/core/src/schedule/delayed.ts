/** Messages that wait in their stream until they are due: how they are stored, and how they are taken back. */
import { type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { Bus, PublishAck } from '../bus.ts';
import { delaySchedule } from './schedule-subjects.ts';

/** Whether a message is due later. */
export function isDelayed({ headers }: EncodedMessage): boolean {
  return headers['Nats-Schedule'] !== undefined;
}

/**
 * Stores a message that is due later in the schedule of the stream that its subject belongs to.
 *
 * @throws JetlaneError `NO_STREAM`; `CONFIG_INVALID` when that stream keeps nothing for later; and what storing throws
 */
export async function storeDelayed(bus: Bus, message: EncodedMessage): Promise<PublishAck> {
  const stream = await bus.streamOf(message.subject);
  if (stream === undefined)
    throw new JetlaneError(
      'NO_STREAM',
      `no stream stores ${message.subject}; declare one that covers it and start it, or look at 'jetlane streams ls'`,
    );
  const { problem } = await bus.scheduling(stream);
  if (problem !== undefined)
    throw new JetlaneError(
      'CONFIG_INVALID',
      `${message.subject} cannot be delayed: stream ${stream} keeps nothing for later, because ${problem}; publish it without delay, or to another stream`,
    );
  return bus.store({ ...message, subject: delaySchedule(stream, message.id) });
}

/** Takes a message back that may wait. True when it waited and will not be delivered. */
export async function cancelDelayed(
  bus: Bus,
  { id, subject }: Pick<EncodedMessage, 'id' | 'subject'>,
): Promise<boolean> {
  const stream = await bus.streamOf(subject);
  return stream !== undefined && bus.cancel(stream, delaySchedule(stream, id));
}
