import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { Delivery } from '../bus.ts';
import { scanHeaders } from './scan-headers.ts';

/** A message that JetStream delivered. Its position is in the reply subject, which is read once; headers are read when asked for. */
export class NatsDelivery implements Delivery {
  readonly seq: number;
  readonly deliveryCount: number;
  readonly #msg: Msg;
  readonly #nc: Pick<NatsConnection, 'request'>;
  readonly #tokens: readonly string[];
  readonly #at: number;

  /** @param msg a message whose reply subject is an ack subject: see {@link isDelivery} */
  constructor(msg: Msg, nc: Pick<NatsConnection, 'request'>) {
    this.#msg = msg;
    this.#nc = nc;
    this.#tokens = (msg.reply as string).split('.');
    // `$JS.ACK.<stream>.<consumer>.…`, or with domain and account before the stream: `$JS.ACK.<domain>.<hash>.<stream>.…`
    this.#at = this.#tokens.length === SHORT_TOKENS ? 4 : 6;
    this.deliveryCount = Number(this.#tokens[this.#at]);
    this.seq = Number(this.#tokens[this.#at + 1]);
  }

  get subject(): string {
    return this.#msg.subject;
  }
  get payload(): Uint8Array {
    return this.#msg.data;
  }
  get timeMs(): number {
    return Number((this.#tokens[this.#at + 3] as string).slice(0, -6));
  }
  get pending(): number {
    return Number(this.#tokens[this.#at + 4]);
  }
  header(name: string): string | undefined {
    try {
      return this.#msg.headers?.values(name)[0];
    } catch {
      return scanHeaders(this.#msg).get(name);
    }
  }
  headers(): Record<string, string> {
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
    this.#msg.respond(ACK);
  }
  nak(delayMs: number): void {
    this.#msg.respond(delayMs > 0 ? encode(`-NAK {"delay": ${Math.round(delayMs * 1e6)}}`) : NAK);
  }
  /** A consumer answers when it has read this; what is written while the connection is away reaches nobody. */
  working(renewed?: () => void): void {
    if (renewed === undefined) this.#msg.respond(WORKING);
    else
      this.#nc
        .request(this.#msg.reply as string, WORKING, { timeout: CONFIRM_MS })
        .then(renewed, () => {});
  }
  term(reason: string): void {
    this.#msg.respond(encode(`+TERM ${reason.replace(/\s+/g, ' ').slice(0, 200)}`));
  }
}

/** Whether JetStream delivered this message, rather than sent it as a status. */
export function isDelivery(msg: Msg): boolean {
  return msg.reply?.startsWith('$JS.ACK.') === true;
}

const SHORT_TOKENS = 9;
/** An answer that takes longer than this is not waited for. */
const CONFIRM_MS = 10_000;

const encoder = new TextEncoder();
const encode = (text: string) => encoder.encode(text);
const ACK = encode('+ACK');
const NAK = encode('-NAK');
const WORKING = encode('+WPI');
