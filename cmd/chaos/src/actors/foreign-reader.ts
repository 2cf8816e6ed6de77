/**
 * Reads from a consumer that is not Jetlane's, as a program of others would: acknowledges every second message of its first
 * reading, and holds the rest until it is killed.
 */
import { open } from '@jetlane/core';
import { jetstream } from '@nats-io/jetstream';
import { type Cue, play } from './play.ts';

/** What a reader is told. */
export interface ForeignReaderOptions {
  readonly urls: readonly string[];
  readonly stream: string;
  readonly durable: string;
  /** It is ready when it holds so many. */
  readonly messages: number;
}

await play(read);

async function read(options: ForeignReaderOptions, cue: Cue): Promise<void> {
  const { nc } = await open({ servers: options.urls });
  const consumer = await jetstream(nc).consumers.get(options.stream, options.durable);
  const batch = await consumer.fetch({ max_messages: options.messages + 1, expires: 30_000 });
  if (options.messages === 0) cue.ready();
  let held = 0;
  for await (const message of batch) {
    const { deliveryCount } = message.info;
    if (deliveryCount === 1 && message.seq % 2 === 0) await message.ackAck();
    if (++held === options.messages) cue.ready();
  }
  await cue.finish;
}
