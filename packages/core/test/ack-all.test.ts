/** Why there is no ackPolicy 'all': what nats-server does with such a consumer when a message leaves its stream. */
import { jetstream } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Admin } from '../src/topology/admin.ts';
import { startAdmin } from './topology-setup.ts';
import { until } from './until.ts';

let admin: Admin;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ admin, close } = await startAdmin());
});
afterAll(() => close());

/** How a message leaves its stream before its turn. */
type Way = 'deleted' | 'superseded' | 'expired';

/** How a consumer stands that was sent two messages and acknowledged none, when the second has left its stream. */
async function standing(ack_policy: 'explicit' | 'all', leaves: Way) {
  const { jsm, nc } = admin;
  const js = jetstream(nc);
  const name = `S-${ack_policy}-${leaves}`;
  const limit = leaves === 'superseded' ? { max_msgs_per_subject: 1 } : {};
  await jsm.streams.add({ name, subjects: [`${name}.>`], allow_msg_ttl: true, ...limit });
  await jsm.consumers.add(name, { durable_name: 'reader', ack_policy });
  await js.publish(`${name}.a`);
  await js.publish(`${name}.b`, '', leaves === 'expired' ? { ttl: '1s' } : {});
  const consumer = await js.consumers.get(name, 'reader');
  for await (const _ of await consumer.fetch({ max_messages: 2, expires: 5_000 }));
  if (leaves === 'deleted') await jsm.streams.deleteMessage(name, 2);
  else if (leaves === 'superseded') await js.publish(`${name}.b`);
  const look = () => jsm.consumers.info(name, 'reader');
  await until('the server to settle it', async () => (await look()).num_ack_pending < 2);
  const { ack_floor, num_ack_pending } = await look();
  return { done: ack_floor.stream_seq, out: num_ack_pending };
}

it.each<Way>(['deleted', 'superseded', 'expired'])(
  'acknowledges what is below a message that is %s, where one ack stands for all',
  async (leaves) => {
    expect(await standing('explicit', leaves)).toEqual({ done: 0, out: 1 });
    expect(await standing('all', leaves)).toEqual({ done: 2, out: 0 });
  },
);
