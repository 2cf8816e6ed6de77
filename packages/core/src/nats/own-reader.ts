/**
 * Reads what a server sends to Jetlane's own subscriptions without the NATS client's parser, which looks at each byte of the line
 * before a message twice and makes a view of each word.
 *
 * It stands before that parser. Whole messages of subscriptions that are known here go to whoever took them; all other bytes
 * (messages of others, `PING`, `INFO`, a message that does not end here) go to the parser as they are, in order. After a line
 * that is not as expected the parser gets everything.
 *
 * This reaches into the inside of the NATS client, as `OwnFrames` does, and as there only where it is as it has to be.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { MsgImpl } from '@nats-io/nats-core/internal';
import { ControlLine, INCOMPLETE, UNUSUAL } from './control-line.ts';
import { KNOWN_CLIENTS } from './known-client.ts';
import { hasClientMsg, OwnMsg } from './own-msg.ts';

/** What is used of the inside of the NATS client. */
interface Inside extends Publisher {
  readonly transport: { readonly version: string };
  readonly parser: Parser;
  inMsgs: number;
  inBytes: number;
}

type Publisher = MsgImpl['publisher'];

interface Parser {
  readonly state: number;
  parse(bytes: Uint8Array): void;
}

/** What is used of the inside of a subscription. */
interface Counted {
  received: number;
}

interface Taker {
  readonly subscription: Subscription & Counted;
  readonly take: (msg: Msg) => void;
}

/** See the head of this file. */
export class OwnReader {
  readonly #inside: Inside;
  readonly #takers = new Map<number, Taker>();
  readonly #line = new ControlLine();
  #parser: Parser | undefined;
  /** The parser's own method. */
  #parse: Parser['parse'] = () => {};
  /** Bytes of a message whose beginning went to the parser. */
  #owed = 0;
  /** The beginning of a line, which went to the parser as well. */
  #begun: Buffer | undefined;
  #isOff = false;

  private constructor(inside: Inside) {
    this.#inside = inside;
    this.follow();
  }

  /** For a connection; undefined where the inside of the client is not as it has to be. */
  static of(nc: NatsConnection): OwnReader | undefined {
    const { protocol } = nc as { readonly protocol?: Partial<Inside> };
    const { transport, parser } = protocol ?? {};
    const fits =
      hasClientMsg &&
      KNOWN_CLIENTS.has(transport?.version ?? '') &&
      typeof parser?.parse === 'function' &&
      typeof parser.state === 'number' &&
      typeof protocol?.publish === 'function' &&
      typeof protocol.inMsgs === 'number' &&
      typeof protocol.inBytes === 'number';
    return fits ? new OwnReader(protocol as Inside) : undefined;
  }

  /** Stands before the parser that the client has now: it makes another for each connection. */
  follow(): void {
    const { parser } = this.#inside;
    if (parser === this.#parser) return;
    this.#parser = parser;
    this.#parse = parser.parse.bind(parser);
    this.#owed = 0;
    this.#begun = undefined;
    this.#isOff = false;
    parser.parse = (bytes) => this.#read(bytes);
  }

  /** From now on its messages are given to `take`, not to its own callback. */
  take(subscription: Subscription, take: (msg: Msg) => void): void {
    const counted = subscription as Subscription & Counted;
    if (typeof counted.received !== 'number') return;
    const sid = subscription.getID();
    this.#takers.set(sid, { subscription: counted, take });
    void subscription.closed.then(() => this.#takers.delete(sid));
  }

  #read(bytes: Uint8Array): void {
    if (!Buffer.isBuffer(bytes) || this.#isOff) return this.#parse(bytes);
    const isMidway = this.#owed > 0 || this.#begun !== undefined;
    // It got something before this stood here: it says itself when it is done with that.
    if (!isMidway && this.#parser?.state !== BETWEEN_LINES) return this.#parse(bytes);
    const { length } = bytes;
    /** What begins here and ends before `at` is for the parser. */
    let from = 0;
    let at = this.#finish(bytes);
    while (at < length) {
      const end = this.#line.read(bytes, at);
      if (end === INCOMPLETE) {
        this.#begun = Buffer.from(bytes.subarray(at));
        break;
      }
      if (end === UNUSUAL) {
        this.#isOff = true;
        break;
      }
      this.#owed = Math.max(0, end - length);
      const taker = this.#takerOf(bytes, end);
      if (taker !== undefined) {
        if (from < at) this.#parse(bytes.subarray(from, at));
        from = at;
        // It may have ended, also by what was just parsed: then the client drops this message.
        if (!taker.subscription.isClosed()) {
          from = end;
          this.#give(bytes, taker);
        }
      }
      at = end;
    }
    if (from < length) this.#parse(from === 0 ? bytes : bytes.subarray(from));
  }

  /** Where that ends among these bytes of which the parser got the beginning. */
  #finish(bytes: Buffer): number {
    if (this.#begun !== undefined) {
      const begun = this.#begun;
      const rest = bytes.subarray(0, bytes.indexOf(LF) + 1 || bytes.length);
      const line = Buffer.concat([begun, rest]);
      const end = this.#line.read(line, 0);
      this.#begun = end === INCOMPLETE ? line : undefined;
      if (end === UNUSUAL) this.#isOff = true;
      if (end < 0) return bytes.length;
      this.#owed = end - begun.length;
    }
    const end = Math.min(this.#owed, bytes.length);
    this.#owed -= end;
    return end;
  }

  /** Who takes the message of the line that was read; undefined for whatever is not a whole one of theirs. */
  #takerOf(bytes: Buffer, end: number): Taker | undefined {
    if (this.#line.sid < 0 || end > bytes.length || bytes[end - 1] !== LF) return undefined;
    return this.#takers.get(this.#line.sid);
  }

  #give(bytes: Buffer, { subscription, take }: Taker): void {
    this.#inside.inMsgs++;
    this.#inside.inBytes += this.#line.bodyBytes;
    subscription.received++;
    // A `Msg` may have no headers; its type does not say that they are undefined then.
    take(new OwnMsg(bytes, this.#line, this.#inside) as Msg);
  }
}

/** The parser's state where it expects a line (`State.OP_START`). */
const BETWEEN_LINES = 0;
const LF = 10;
