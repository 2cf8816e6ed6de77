/**
 * The words of JetStream fast ingest (nats-server 2.14 and later), as the server's own source has them. Whatever belongs to a batch is
 * in the reply subject: `<inbox>.<batch>.<flow>.<gap mode>.<number>.<operation>.$FI`. Answers come there too: flow acks (all up to
 * a number is stored, and how many messages apart acks come from now on), gaps, errors, and at the end a PubAck with the count.
 */

/** Begins a batch with its first message, goes on, ends it with a message, ends it without one. */
export const OPERATION = { start: 0, append: 1, commit: 2, end: 3 } as const;

/** The first part of all reply subjects of a batch, up to the number. Gap mode `fail`: an ack then says that nothing is missing. */
export function replyPrefix(inbox: string, batch: string, flow: number): string {
  return `${inbox}.${batch}.${flow}.fail.`;
}

/** A reply subject. */
export function replyFor(prefix: string, number: number, operation: number): string {
  return `${prefix}${number}.${operation}.$FI`;
}

/** What a reply subject says: the batch, and the number of the message in it that is answered. */
export function readReply(
  subject: string,
  inbox: string,
): { readonly batch: string; readonly number: number } {
  const [batch = '', , , number] = subject.slice(inbox.length + 1).split('.');
  return { batch, number: Number(number) };
}

/** What the server says about a batch. */
export type IngestAnswer =
  /** All messages up to this number are stored; acks come this many messages apart. */
  | { readonly kind: 'flow'; readonly number: number; readonly apart: number }
  /** Messages are missing before one that came. The end of the batch follows. */
  | { readonly kind: 'gap' }
  /** One message was refused; the end of the batch follows. The body is as that of a refused publish. */
  | {
      readonly kind: 'error';
      readonly number: number;
      readonly code: number;
      readonly body: string;
    }
  /** The batch is over: so many of its messages are stored, up to this position (0: none was new). */
  | {
      readonly kind: 'end';
      readonly count: number;
      readonly seq: number;
      readonly duplicate: boolean;
    }
  /** An answer to a plain publish: whoever stored this message knows nothing of batches. */
  | { readonly kind: 'plain'; readonly seq: number; readonly duplicate: boolean };

interface Body {
  readonly type?: string;
  readonly seq?: number;
  readonly msgs?: number;
  readonly error?: { readonly err_code?: number };
  readonly stream?: string;
  readonly duplicate?: boolean;
  readonly batch?: string;
  readonly count?: number;
}

/** Reads an answer to the message of this number; undefined for what is none. */
export function readIngestAnswer(body: string, number: number): IngestAnswer | undefined {
  const parsed = parse(body);
  if (parsed === undefined) return undefined;
  const { type, seq = 0, msgs = 1, error, duplicate = false, batch, count = 0 } = parsed;
  if (type === 'ack') return { kind: 'flow', number: seq, apart: Math.max(1, msgs) };
  if (type === 'gap') return { kind: 'gap' };
  if (error !== undefined)
    return {
      kind: 'error',
      number: type === 'err' ? seq : number,
      code: error.err_code ?? 0,
      body,
    };
  if (typeof parsed.stream !== 'string') return undefined;
  if (batch === undefined) return { kind: 'plain', seq, duplicate };
  return { kind: 'end', count, seq, duplicate };
}

function parse(body: string): Body | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
