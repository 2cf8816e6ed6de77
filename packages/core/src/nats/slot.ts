import type { EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { PublishAck } from '../bus.ts';
import { type HeaderBlock, headerBlock } from './header-block.ts';

/** One message between `store` and its ack. */
export interface Slot {
  readonly message: EncodedMessage;
  readonly headers: HeaderBlock;
  readonly sizeBytes: number;
  readonly deadlineMs: number;
  /** When to send it again, unless an ack comes first. */
  resendMs: number;
  sends: number;
  /** What the server said last, for the words of a timeout. */
  last: JetlaneError | undefined;
  readonly resolve: (ack: PublishAck) => void;
  readonly reject: (error: unknown) => void;
}

/** Reply subject and protocol words around a message. */
const FRAME_BYTES = 64;

/** A slot for a message that was not sent yet. */
export function toSlot(
  message: EncodedMessage,
  { deadlineMs, resolve, reject }: Pick<Slot, 'deadlineMs' | 'resolve' | 'reject'>,
): Slot {
  const headers = headerBlock(message.headers);
  const { payload, subject } = message;
  const sizeBytes = payload.length + headers.encode().length + subject.length + FRAME_BYTES;
  return {
    message,
    headers,
    sizeBytes,
    deadlineMs,
    resendMs: 0,
    sends: 0,
    last: undefined,
    resolve,
    reject,
  };
}
