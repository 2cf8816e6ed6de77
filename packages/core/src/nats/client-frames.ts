import { type EncodedMessage, wireHead } from '@jetlane/contracts';
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import type { Frames } from './frames.ts';
import { headerBlock } from './header-block.ts';

/** Messages written by the NATS client's own `publish`: for versions of it that are not known from inside. */
export class ClientFrames implements Frames {
  readonly by = 'client';
  readonly #nc: NatsConnection;

  constructor(nc: NatsConnection) {
    this.#nc = nc;
  }

  write(message: EncodedMessage, reply: string): void {
    const { subject, payload } = message;
    const head = wireHead(message);
    const headers = head === undefined ? headerBlock(message.headers) : textBlock(head);
    this.#nc.publish(subject, payload, { reply, headers });
  }
}

/** See `headerBlock`: `encode` is all that is called. */
function textBlock(head: string): MsgHdrs {
  return { encode: () => Buffer.from(head, 'latin1') } as unknown as MsgHdrs;
}
