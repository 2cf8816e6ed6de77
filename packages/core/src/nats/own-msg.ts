/**
 * A message as it lies among the bytes that came from the socket. The NATS client makes seven views of those bytes and two
 * decoders' calls for each message; this makes what is asked for, when it is. What is rarely asked for is left to the client's own message.
 */
import type { Msg, MsgHdrs, Payload, PublishOptions, ReviverFn } from '@nats-io/nats-core';
// As a namespace: a version that does not export this class any more loads all the same.
import * as client from '@nats-io/nats-core/internal';
import type { ControlLine } from './control-line.ts';

/** Who writes responses. */
type Publisher = client.MsgImpl['publisher'];

/** Whether the client has a message of its own, which is needed for what is left to it. */
export const hasClientMsg = typeof client.MsgImpl === 'function';

/** See the head of this file. */
export class OwnMsg implements Omit<Msg, 'headers'> {
  readonly sid: number;
  readonly #bytes: Buffer;
  readonly #subjectAt: number;
  readonly #subjectEnd: number;
  readonly #replyAt: number;
  readonly #replyEnd: number;
  readonly #isAscii: boolean;
  readonly #bodyAt: number;
  readonly #headerBytes: number;
  readonly #bodyBytes: number;
  readonly #publisher: Publisher;
  #subject: string | undefined;
  #reply: string | undefined;
  #rest: client.MsgImpl | undefined;

  constructor(bytes: Buffer, line: ControlLine, publisher: Publisher) {
    this.sid = line.sid;
    this.#bytes = bytes;
    this.#subjectAt = line.subjectAt;
    this.#subjectEnd = line.subjectEnd;
    this.#replyAt = line.replyAt;
    this.#replyEnd = line.replyEnd;
    this.#isAscii = line.isAscii;
    this.#bodyAt = line.bodyAt;
    this.#headerBytes = line.headerBytes;
    this.#bodyBytes = line.bodyBytes;
    this.#publisher = publisher;
  }

  get subject(): string {
    this.#subject ??= this.#text(this.#subjectAt, this.#subjectEnd);
    return this.#subject;
  }
  get reply(): string {
    this.#reply ??= this.#text(this.#replyAt, this.#replyEnd);
    return this.#reply;
  }
  get data(): Uint8Array {
    const at = this.#bodyAt + Math.max(0, this.#headerBytes);
    return this.#bytes.subarray(at, this.#bodyAt + this.#bodyBytes);
  }
  /** Subjects, headers and payload, as the server counts. */
  get size(): number {
    return this.#subjectEnd - this.#subjectAt + this.#replyEnd - this.#replyAt + this.#bodyBytes;
  }
  get headers(): MsgHdrs | undefined {
    return this.#whole.headers;
  }
  /** The header block as text, from its byte `from` on; empty where there is none. */
  headerText(from = 0): string {
    const at = this.#bodyAt;
    if (this.#headerBytes <= from) return '';
    return this.#bytes.toString('utf8', at + from, at + this.#headerBytes);
  }
  /** Whether the header block begins with these bytes. */
  headersBegin(beginning: Buffer): boolean {
    const { length } = beginning;
    if (this.#headerBytes < length) return false;
    return beginning.compare(this.#bytes, this.#bodyAt, this.#bodyAt + length) === 0;
  }
  respond(payload?: Payload, options?: PublishOptions): boolean {
    return this.#whole.respond(payload, options);
  }
  json<T>(reviver?: ReviverFn): T {
    return this.#whole.json(reviver);
  }
  string(): string {
    return this.#whole.string();
  }

  /** As the NATS client would have made it. */
  get #whole(): client.MsgImpl {
    if (this.#rest !== undefined) return this.#rest;
    const bytes = this.#bytes;
    const part = (from: number, to: number) => bytes.subarray(from, to);
    const hasReply = this.#replyEnd > this.#replyAt;
    const place = {
      subject: part(this.#subjectAt, this.#subjectEnd),
      ...(hasReply ? { reply: part(this.#replyAt, this.#replyEnd) } : {}),
      sid: this.sid,
      hdr: this.#headerBytes,
      size: this.#bodyBytes,
    };
    const body = part(this.#bodyAt, this.#bodyAt + this.#bodyBytes);
    this.#rest = new client.MsgImpl(place, body, this.#publisher);
    return this.#rest;
  }

  #text(from: number, to: number): string {
    return this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8', from, to);
  }
}
