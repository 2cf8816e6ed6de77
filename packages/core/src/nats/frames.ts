/** How messages that want an ack are written to a connection. Two ways, which do the same. */
import type { EncodedMessage } from '@jetlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import { ClientFrames } from './client-frames.ts';
import { OwnFrames } from './own-frames.ts';

/** See the head of this file. */
export interface Frames {
  /** `own`: formatted here and handed to the socket; `client`: by the NATS client's own `publish`, which costs more. */
  readonly by: 'own' | 'client';
  /**
   * Writes a message whose ack is to arrive at `reply`. It leaves this process at the end of this turn of the event loop, at
   * the latest. What is written while there is no connection is lost.
   *
   * @throws what `publish` of the NATS client throws: the message is not sent
   */
  write(message: EncodedMessage, reply: string): void;
}

/** The fastest way that this version of the NATS client allows; `by` decides for tests. */
export function openFrames(nc: NatsConnection, by: Frames['by'] = 'own'): Frames {
  const inside = by === 'own' ? OwnFrames.inside(nc) : undefined;
  return inside === undefined ? new ClientFrames(nc) : new OwnFrames(inside);
}
