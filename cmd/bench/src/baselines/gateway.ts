/**
 * Live viewers behind one core NATS subscription and a map from key to those who look at it: so a viewer costs the server
 * nothing. What each of them would be sent is counted; sockets there are none.
 */
import { open } from '@jetlane/core';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';
import { decodePosition } from '../measure/position.ts';
import { viewersByKey } from '../measure/views.ts';

/** Calls `onPosition` once for each viewer of each message. */
export async function gatewayViewers(options: ConsumerOptions): Promise<Consumer> {
  const { servers, prefix, views = { viewers: 0, keys: 1 }, onPosition } = options;
  const looking = new Map(viewersByKey(views).map((count, key) => [`d${key}`, count]));
  const { nc } = await open(servers);
  nc.subscribe(`${prefix}.*`, {
    callback: (error, m) => {
      if (error !== null) return;
      const count = looking.get(m.subject.slice(prefix.length + 1)) ?? 0;
      if (count === 0) return;
      const { sentNs } = decodePosition(m.data);
      for (let viewer = 0; viewer < count; viewer++) onPosition(sentNs);
    },
  });
  await nc.flush();
  return { close: () => nc.close() };
}
