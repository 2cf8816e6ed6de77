import { JetlaneError } from '@jetlane/contracts';
import type { PublishAck } from '../bus.ts';

/** What the server answered to a publish. */
export type PubAckAnswer =
  | { readonly kind: 'stored'; readonly ack: PublishAck }
  /** Try again with the same id: the stream is busy, or JetStream is not ready. */
  | { readonly kind: 'again'; readonly error: JetlaneError }
  | { readonly kind: 'refused'; readonly error: JetlaneError };

interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

interface Answer {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: ApiError;
}

/** Codes of the server's own error list (nats-server `errors.json`). */
const DUPLICATE_IN_FLIGHT = 10_158;
const SUBJECT_WRITE_IN_FLIGHT = 10_164;
const MESSAGE_TOO_LARGE = 10_054;
const HEADERS_TOO_LARGE = 10_097;
const STORE_FAILED = 10_077;
const WRONG_LAST_SEQUENCE = 10_071;
/** Of an atomic batch: some of its messages did not arrive, too many are open, an id in it is known already. */
const BATCH_INCOMPLETE = 10_176;
const BATCHES_IN_FLIGHT = 10_210;
const BATCH_DUPLICATE = 10_201;
const AGAIN = new Set([
  DUPLICATE_IN_FLIGHT,
  SUBJECT_WRITE_IN_FLIGHT,
  BATCH_INCOMPLETE,
  BATCHES_IN_FLIGHT,
]);
const RESOURCES = new Set([10_002, 10_023, 10_028, 10_047]);

/** Reads the body of a PubAck. `subject` and the rest are for the words of an error. */
export function readPubAck(body: string, subject: string): PubAckAnswer {
  const parsed = parse(body);
  if (parsed?.error !== undefined) return readError(parsed.error, subject);
  const { stream, seq, duplicate = false } = parsed ?? {};
  if (typeof stream !== 'string' || typeof seq !== 'number')
    return again(
      new JetlaneError(
        'PUBLISH_TIMEOUT',
        `${subject}: what answers is not JetStream, but another subscriber of this subject: ${body.slice(0, 100)}`,
      ),
    );
  return { kind: 'stored', ack: { stream, seq, duplicate } };
}

function readError(error: ApiError, subject: string): PubAckAnswer {
  const { code, err_code, description } = error ?? {};
  const says = `${description} (${err_code})`;
  if (
    AGAIN.has(err_code) ||
    (code === 503 && !RESOURCES.has(err_code) && err_code !== STORE_FAILED)
  )
    return again(
      new JetlaneError('PUBLISH_TIMEOUT', `${subject}: the server cannot take it yet: ${says}`),
    );
  if (err_code === WRONG_LAST_SEQUENCE || err_code === BATCH_DUPLICATE)
    return refused(
      new JetlaneError(
        'CONFLICT',
        `${subject}: another writer came first: ${says}; read again, then write with what you found`,
      ),
    );
  if (err_code === MESSAGE_TOO_LARGE)
    return refused(
      new JetlaneError(
        'MESSAGE_TOO_LARGE',
        `${subject}: larger than the stream's maxMsgSize: ${says}; send less, or raise it`,
      ),
    );
  if (err_code === HEADERS_TOO_LARGE)
    return refused(
      new JetlaneError(
        'MESSAGE_TOO_LARGE',
        `${subject}: more headers than a server takes: ${says}; put large values into the payload`,
      ),
    );
  if (err_code === STORE_FAILED || RESOURCES.has(err_code))
    return refused(
      new JetlaneError(
        'STREAM_FULL',
        `${subject}: the stream takes no more: ${says}; raise its limit, or discard 'old'`,
      ),
    );
  return refused(
    new JetlaneError(
      'TOPOLOGY_CONFLICT',
      `${subject}: the stream refused it: ${says}; compare its settings with what you declare: jetlane streams plan APP`,
    ),
  );
}

function parse(body: string): Answer | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function again(error: JetlaneError): PubAckAnswer {
  return { kind: 'again', error };
}

function refused(error: JetlaneError): PubAckAnswer {
  return { kind: 'refused', error };
}
