/**
 * What the headers of many messages have in common. Jetlane's publishers write first what is the same for all messages of a
 * definition, so nearly every message begins with bytes that came before: comparing those costs a quarter of turning the headers
 * into text and looking for two of them.
 *
 * The first value of a header counts, and bytes that are the same as before have the same first values: what is found here is
 * what looking would find.
 */
import type { Msg } from '@nats-io/nats-core';
import { OwnMsg } from './own-msg.ts';
import { LINE_END } from './scan-headers.ts';

/** So many beginnings are kept: who has more of them looks for the headers of the rest. */
const HEADS_MAX = 8;
/** After that many that were not known, only one of so many is looked at: it takes the place of another. */
const LEARN_ONE_IN = 256;
/** What no two messages share: a beginning with one of them never comes again, and would only be compared. */
const OF_ONE_MESSAGE = /\r\n(?:Nats-Msg-Id|ce-id|ce-time):/;
/** The last header that is the same for all messages of a definition. */
const LAST_OF_HEAD = 'ce-dataschema';

/** A beginning of headers. */
export interface Head {
  /** From the first line to the end of its last. */
  readonly bytes: Buffer;
  /** The first value of each header in it. */
  readonly values: ReadonlyMap<string, string>;
}

/** See the head of this file. */
export class FamiliarHeads {
  /** The one that was met last comes first. */
  readonly #heads: Head[] = [];
  #missed = 0;
  /** Of the message that was looked at last: its headers are asked for one after the other. */
  #msg: Msg | undefined;
  #head: Head | undefined;

  /** How this message begins, if many do so. */
  of(msg: Msg): Head | undefined {
    if (this.#msg !== msg) {
      this.#msg = msg;
      this.#head = msg instanceof OwnMsg ? this.#find(msg) : undefined;
    }
    return this.#head;
  }

  /** Somebody looked for this header in this block, and found it. */
  learn(block: string, name: string): void {
    if (name !== LAST_OF_HEAD) return;
    const missed = this.#missed++;
    if (missed >= HEADS_MAX && missed % LEARN_ONE_IN !== 0) return;
    const end = block.indexOf(LINE_END, block.indexOf(`${LINE_END}${name}:`) + LINE_END.length);
    if (end < 0) return;
    const head = block.slice(0, end + LINE_END.length);
    if (OF_ONE_MESSAGE.test(head)) return;
    const place = Math.min(this.#heads.length, HEADS_MAX - 1);
    this.#heads[place] = { bytes: Buffer.from(head), values: firstValues(head) };
  }

  #find(msg: OwnMsg): Head | undefined {
    for (let i = 0; i < this.#heads.length; i++) {
      const head = this.#heads[i] as Head;
      if (!msg.headersBegin(head.bytes)) continue;
      if (i > 0) [this.#heads[0], this.#heads[i]] = [head, this.#heads[0] as Head];
      return head;
    }
    return undefined;
  }
}

function firstValues(head: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of head.split(LINE_END).slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (colon > 0 && !values.has(name)) values.set(name, line.slice(colon + 1).trim());
  }
  return values;
}
