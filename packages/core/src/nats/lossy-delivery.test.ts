import type { Msg } from '@nats-io/nats-core';
import { expect, it } from 'vitest';
import { ByteRoom } from './byte-room.ts';
import { LossyDelivery } from './lossy-delivery.ts';
import { toAround } from './nats-delivery.ts';

const REPLY = '$JS.ACK.ORDERS.billing.1.7.7.1764000000123456789.0';

it('says nothing to the server, and gives its bytes back once', () => {
  for (const settle of ['ack', 'nak', 'term'] as const) {
    const said: unknown[] = [];
    const msg = {
      subject: 'orders.placed',
      reply: REPLY,
      data: new Uint8Array(10),
      respond: (data: unknown) => said.push(data),
    } as unknown as Msg;
    const acks = { ack: (reply: string) => said.push(reply) } as never;
    const room = new ByteRoom(() => 1_000);
    const delivery = new LossyDelivery(msg, toAround({ nc: undefined as never, acks, room }));
    expect(delivery.seq).toBe(7);
    delivery.working();
    if (settle === 'nak') delivery.nak(5);
    else if (settle === 'term') delivery.term('failed');
    else delivery.ack();
    delivery.ack();
    expect(said).toEqual([]);
    expect(room.next(0, 10_000)).toBe(500);
  }
});
