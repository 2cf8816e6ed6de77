import { randomUUID } from 'node:crypto';
import { JetlaneError } from '@jetlane/contracts';
import { replyPrefix } from './ingest-protocol.ts';

/** A batch that the server may know of. */
export interface Batch {
  readonly id: string;
  readonly prefix: string;
  /** A subject of its stream. */
  readonly subject: string;
  /** Number in the ring of its first message. */
  readonly base: number;
  /** It ends with its first message. */
  readonly single: boolean;
  /** Messages between two acks; 0 until the server has taken it. */
  apart: number;
  /** Its end was asked for, or is to come. */
  ending: boolean;
  /** When its end is asked for again. */
  askMs: number;
  /** What the server does not take, and why; or that it is to be tried again. */
  refusal: JetlaneError | undefined;
  busy: boolean;
}

/** A batch that the server does not know yet. */
export function newBatch(
  parts: Pick<Batch, 'subject' | 'base' | 'single' | 'askMs'> & {
    readonly inbox: string;
    readonly flow: number;
  },
): Batch {
  const { inbox, flow, ...rest } = parts;
  const id = randomUUID();
  const prefix = replyPrefix(inbox, id, flow);
  return { ...rest, id, prefix, apart: 0, ending: false, refusal: undefined, busy: false };
}

/** The server knows no such batch, or no longer. */
export const BATCH_UNKNOWN = 10_208;

/** Codes of the server's own error list (nats-server `errors.json`). */
const BATCHES_DISABLED = 10_205;
const BATCH_INVALID = 10_206;
const BATCHES_TOO_MANY = 10_211;
/** Answers after which no batch will ever be taken, and what they mean. */
export const UNSUPPORTED: ReadonlyMap<number, string> = new Map([
  [BATCHES_DISABLED, 'the stream does not allow it (allow_batched is off)'],
  [BATCH_INVALID, 'the server speaks another version of it'],
  [BATCHES_TOO_MANY, 'the server has as many of them under way as it allows'],
]);

/** Messages got lost, and are not to be sent again. */
export function lost(stream: string, count: number): JetlaneError {
  return new JetlaneError(
    'PUBLISH_TIMEOUT',
    `${count} messages got lost on their way to stream ${stream}, and onGap is 'fail'; publishing them again with the same ids is safe`,
  );
}
