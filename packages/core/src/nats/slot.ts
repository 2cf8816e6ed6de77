import { type EncodedMessage, type JetlaneError, wireHead } from '@jetlane/contracts';
import type { PublishAck } from '../bus.ts';

/**
 * One message between `store` and its ack. Used again for another message afterwards: whoever keeps one over a pause has to
 * look whether its `number` is still the same.
 */
export class Slot {
  /** Rises with each message: the order in which they came. */
  number = 0;
  message: EncodedMessage = NONE;
  resolve: (ack: PublishAck) => void = ignore;
  reject: (error: unknown) => void = ignore;
  sizeBytes = 0;
  /** By a clock that nobody sets. */
  deadlineMs = 0;
  /** When to send it again, unless an ack comes first. */
  resendMs = 0;
  sends = 0;
  /** What the server said last, for the words of a timeout. */
  last: JetlaneError | undefined;
  /** Its place in the flight; -1 while it waits. */
  index = -1;
  /** The next of its subject, which it holds back. */
  next: Slot | undefined;

  /** Lets go of all that belongs to the message. */
  clear(): void {
    this.message = NONE;
    this.resolve = ignore;
    this.reject = ignore;
    this.sends = 0;
    this.last = undefined;
    this.next = undefined;
  }
}

/** What a message takes of the byte limit: about what it is on the wire. */
export function sizeOf(message: EncodedMessage): number {
  const { headers, payload, subject } = message;
  let headBytes = wireHead(message)?.length;
  if (headBytes === undefined) {
    headBytes = 12;
    for (const name in headers) headBytes += name.length + (headers[name] as string).length + 4;
  }
  return payload.length + headBytes + subject.length + FRAME_BYTES;
}

/** Reply subject and protocol words around a message. */
const FRAME_BYTES = 64;

const NONE: EncodedMessage = { id: '', subject: '', headers: {}, payload: new Uint8Array(0) };

function ignore(): void {}
