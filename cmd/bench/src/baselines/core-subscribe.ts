/** The floor of latency: a core NATS subscription. Nothing is stored, nothing acknowledged. */
import { open } from '@jetlane/core';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';
import { decodePosition } from '../measure/position.ts';

/** `nc.subscribe` of nats.js v3. */
export async function coreSubscriber(options: ConsumerOptions): Promise<Consumer> {
  const { servers, prefix, onPosition } = options;
  const { nc } = await open(servers);
  nc.subscribe(`${prefix}.*`, {
    callback: (error, m) => {
      if (error === null) onPosition(decodePosition(m.data).sentNs);
    },
  });
  await nc.flush();
  return { close: () => nc.close() };
}
