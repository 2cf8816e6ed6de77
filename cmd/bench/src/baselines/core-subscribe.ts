/** The floor of latency: core NATS subscriptions. Nothing is stored, nothing acknowledged. */
import { open } from '@jetlane/core';
import type { Msg } from '@nats-io/nats-core';
import { unpack } from 'msgpackr';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';
import type { Position } from '../measure/position.ts';

/** `nc.subscribe` of nats.js v3. */
export async function coreSubscriber(options: ConsumerOptions): Promise<Consumer> {
  const { servers, prefix, copies = 1, onPosition } = options;
  const { nc } = await open(servers);
  for (let i = 0; i < copies; i++)
    nc.subscribe(`${prefix}.*`, {
      callback: (error, m) => {
        if (error === null) onPosition(decode(m).sentNs);
      },
    });
  await nc.flush();
  return { close: () => nc.close() };
}

const OPENING_BRACE = 0x7b;

/** JSON, or the msgpack of a Jetlane publisher. */
function decode(m: Msg): Position {
  return m.data[0] === OPENING_BRACE ? m.json<Position>() : (unpack(m.data) as Position);
}
