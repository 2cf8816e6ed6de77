import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { Delivery } from '../bus.ts';
import { AckSubject } from './ack-subject.ts';
import type { AckWriter } from './ack-writer.ts';
import type { ByteRoom } from './byte-room.ts';
import { FamiliarHeads, type Head } from './familiar-heads.ts';
import { OwnMsg } from './own-msg.ts';
import { headerBlock, headerIn, LINE_END, linesOf, scanHeaders } from './scan-headers.ts';

/** What the deliveries of one puller share. */
export interface AroundDelivery {
  readonly nc: Pick<NatsConnection, 'request'>;
  /** Writes acknowledgements; without it each is written by itself. */
  readonly acks?: AckWriter | undefined;
  /** Counts their bytes until they are let go of. */
  readonly room?: ByteRoom | undefined;
  /** Reads their reply subjects. */
  readonly ackSubject: AckSubject;
  /** Knows how the headers of most of them begin. */
  readonly heads: FamiliarHeads;
}

/** For the deliveries of one consumer. */
export function toAround(parts: Omit<AroundDelivery, 'ackSubject' | 'heads'>): AroundDelivery {
  return { ackSubject: new AckSubject(), heads: new FamiliarHeads(), ...parts };
}

/**
 * A message that JetStream delivered. Its position is in the reply subject, which is read once, without cutting it up; headers are
 * read when asked for, each by itself.
 */
export class NatsDelivery implements Delivery {
  readonly seq: number;
  readonly deliveryCount: number;
  readonly #msg: Msg;
  readonly #around: AroundDelivery;
  /** Where the time begins in the reply subject. */
  readonly #timeAt: number;
  #block: string | undefined;
  #rest: string | undefined;
  /** Bytes as the server counts them. */
  readonly bytes: number;
  #isOut = true;

  /** @param msg a message whose reply subject is an ack subject: see {@link isDelivery} */
  constructor(msg: Msg, around: AroundDelivery) {
    this.#msg = msg;
    this.#around = around;
    this.bytes = sizeOf(msg);
    around.room?.take(this.bytes);
    const reply = msg.reply as string;
    let at = around.ackSubject.numbersIn(reply);
    this.deliveryCount = numberAt(reply, at);
    at = nextWord(reply, at);
    this.seq = numberAt(reply, at);
    this.#timeAt = nextWord(reply, nextWord(reply, at));
  }

  get subject(): string {
    return this.#msg.subject;
  }
  get payload(): Uint8Array {
    return this.#msg.data;
  }
  get timeMs(): number {
    return this.#time(MILLIS_CUT);
  }
  /** To the microsecond: nanoseconds would not fit into a number. Read for each message that a worker settles. */
  get storedMs(): number {
    const reply = this.#msg.reply as string;
    const at = this.#timeAt;
    // As long as times were from 2001 to 2286: two halves that fit into 32 bits, which is several times as fast.
    if (reply.charCodeAt(at + TIME_DIGITS) === DOT)
      return eightDigits(reply, at) * 1e5 + eightDigits(reply, at + 8) / 1000;
    return this.#time(MICROS_CUT) / 1000;
  }
  get pending(): number {
    const reply = this.#msg.reply as string;
    return numberAt(reply, reply.indexOf('.', this.#timeAt) + 1);
  }
  header(name: string): string | undefined {
    const { heads } = this.#around;
    const head = heads.of(this.#msg);
    if (head !== undefined) return head.values.get(name) ?? headerIn(this.#textAfter(head), name);
    const block = this.#block ?? this.#readBlock();
    if (block !== undefined) {
      const found = headerIn(block, name);
      if (found !== undefined) heads.learn(block, name);
      return found;
    }
    try {
      return this.#msg.headers?.values(name)[0];
    } catch {
      return scanHeaders(this.#msg).get(name);
    }
  }
  headers(): Record<string, string> {
    const block = this.#block ?? this.#readBlock();
    if (block !== undefined) return Object.fromEntries(linesOf(block));
    try {
      const result: Record<string, string> = {};
      for (const [name, values] of this.#msg.headers ?? [])
        result[name] = values[values.length - 1] as string;
      return result;
    } catch {
      return Object.fromEntries(scanHeaders(this.#msg));
    }
  }
  ack(): void {
    this.drop();
    const { acks } = this.#around;
    if (acks !== undefined) acks.ack(this.#msg.reply as string);
    else this.#msg.respond(ACK);
  }
  nak(delayMs: number): void {
    this.drop();
    this.#msg.respond(delayMs > 0 ? encode(`-NAK {"delay": ${Math.round(delayMs * 1e6)}}`) : NAK);
  }
  /** A consumer answers when it has read this; what is written while the connection is away reaches nobody. */
  working(renewed?: () => void): void {
    if (renewed === undefined) this.#msg.respond(WORKING);
    else
      this.#around.nc
        .request(this.#msg.reply as string, WORKING, { timeout: CONFIRM_MS })
        .then(renewed, () => {});
  }
  term(reason: string): void {
    this.drop();
    this.#msg.respond(encode(`+TERM ${reason.replace(/\s+/g, ' ').slice(0, 200)}`));
  }

  drop(): void {
    if (this.#isOut) this.#around.room?.give(this.bytes);
    this.#isOut = false;
  }
  forget(): void {
    this.drop();
  }

  /** The time less its last digits, as a whole number. */
  #time(cut: number): number {
    const reply = this.#msg.reply as string;
    return numberAt(reply, this.#timeAt, reply.indexOf('.', this.#timeAt) - cut);
  }

  /** The headers behind a beginning, with the line end before them. Only what was read here is known by its beginning. */
  #textAfter({ bytes }: Head): string {
    this.#rest ??= (this.#msg as unknown as OwnMsg).headerText(bytes.length - LINE_END.length);
    return this.#rest;
  }

  #readBlock(): string | undefined {
    this.#block = headerBlock(this.#msg);
    return this.#block;
  }
}

/** Whether JetStream delivered this message, rather than sent it as a status. */
export function isDelivery(msg: Msg): boolean {
  return msg.reply?.startsWith('$JS.ACK.') === true;
}

/** Digits of a time in nanoseconds that are less than a millisecond, and less than a microsecond. */
const MILLIS_CUT = 6;
const MICROS_CUT = 3;
const TIME_DIGITS = 19;
const DOT = 46;
/** An answer that takes longer than this is not waited for. */
const CONFIRM_MS = 10_000;

const encoder = new TextEncoder();
const encode = (text: string) => encoder.encode(text);
const ACK = encode('+ACK');
const NAK = encode('-NAK');
const WORKING = encode('+WPI');

/** As the server counts: subject, reply subject, headers and payload. */
function sizeOf(msg: Msg): number {
  if (msg instanceof OwnMsg) return msg.size;
  const { _msg: head } = msg as unknown as { readonly _msg?: { readonly size?: number } };
  const reply = msg.reply as string;
  return reply.length + msg.subject.length + (head?.size ?? msg.data.length);
}

/** The digits that stand at this place, up to the first other character or to `end`. */
function numberAt(text: string, at: number, end = text.length): number {
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}

/** Where the next word begins. */
function nextWord(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) !== DOT) i++;
  return i + 1;
}

function eightDigits(text: string, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) value = (value * 10 + text.charCodeAt(i) - ZERO) | 0;
  return value;
}

const ZERO = 48;
