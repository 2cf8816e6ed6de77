/** A consumer of others, with the server's own limit of deliveries, whose readers crash on every attempt. */
import { sweep } from '@jetlane/core';
import { AckPolicy, jetstream, RetentionPolicy } from '@nats-io/jetstream';
import type { Claim } from '../fault.ts';
import type { Stage } from '../stage.ts';
import type { Work } from './setup.ts';

const READER = new URL('../actors/foreign-reader.js', import.meta.url);
const STREAM = 'OTHERS';
const DURABLE = 'theirs';
const ACK_WAIT_MS = 1_000;
const DONE_MS = 30_000;

/**
 * Lets a consumer that Jetlane does not manage give up on half of its messages, silently, as the server does. A sweep must
 * find each of them, once.
 */
export async function crashForeign(
  stage: Stage,
  { broker, connection }: Pick<Work, 'broker' | 'connection'>,
  messages: number,
): Promise<Claim> {
  const { jsm, nc } = connection;
  await jsm.streams.add({
    name: STREAM,
    subjects: ['others.>'],
    retention: RetentionPolicy.Workqueue,
    num_replicas: broker.replicas,
  });
  await jsm.consumers.add(STREAM, {
    durable_name: DURABLE,
    ack_policy: AckPolicy.Explicit,
    ack_wait: ACK_WAIT_MS * 1e6,
    max_deliver: 2,
  });
  const js = jetstream(nc);
  for (let number = 0; number < messages; number++) await js.publish(`others.${number}`, 'x');
  const exhausted = messages / 2;
  // The last one lives, and gets nothing: the server looks at its limit only when somebody asks for messages.
  for (const held of [messages, exhausted, 0]) {
    const options = { urls: broker.urls, stream: STREAM, durable: DURABLE, messages: held };
    const reader = await stage.actor(READER, options);
    if (held > 0) await reader.kill();
  }
  let found = 0;
  await stage
    .until(
      async () => {
        const more = await swept(connection);
        found += more;
        return found >= exhausted;
      },
      DONE_MS,
      'the sweep',
    )
    .catch(() => {});
  const again = await swept(connection);
  return {
    says: 'a sweep finds everything that a consumer of others gave up on, once',
    holds: found === exhausted && again === 0,
    found: `${found} of ${exhausted}, and then ${again}`,
  };
}

async function swept(connection: Work['connection']): Promise<number> {
  const all = await sweep(connection);
  return all.reduce((sum, { buried }) => sum + buried.length, 0);
}
