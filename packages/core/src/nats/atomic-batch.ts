/**
 * Atomic batches: several messages of one stream, all stored or none. The messages are written in one go with the raw
 * headers of the server's protocol (`Nats-Batch-Id`, `-Sequence`, `-Commit`), because the NATS client drops expectations
 * and TTLs from batches, and its errors have no code. Written together, at most one batch of a connection is open at the
 * server, which allows 50 for each stream.
 */
import { randomUUID } from 'node:crypto';
import { type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from './connection.ts';
import { headerBlock } from './header-block.ts';
import type { Listening } from './live-connection.ts';
import { type PubAckAnswer, readPubAck } from './pub-ack.ts';
import { notTaken } from './publish-errors.ts';

const ANSWER_MS = 2_000;

/** Sends batches and takes their answers. */
export class AtomicBatches {
  readonly #connection: Connection;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  readonly #stop: (() => void)[];
  #listening: Listening | undefined;
  #last = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#inbox = connection.newInbox();
    const giveUp = (why: string) => {
      for (const { answer } of this.#waiting.values()) answer(unanswered(why));
    };
    this.#stop = [
      connection.onChange((connected) => connected || giveUp('the connection was lost')),
      connection.onEnd(() => giveUp('the connection has ended')),
    ];
  }

  /** Tries once. `again`: nothing is known, it may be stored or not. */
  send(messages: readonly EncodedMessage[]): Promise<PubAckAnswer> {
    if (!this.#connection.connected) return Promise.resolve(unanswered('there is no connection'));
    this.#listening ??= this.#listen();
    const number = (++this.#last).toString(36);
    const { subject } = messages.at(-1) as EncodedMessage;
    return new Promise((resolve) => {
      const answer = (found: PubAckAnswer) => {
        clearTimeout(timer);
        this.#waiting.delete(number);
        resolve(found);
      };
      const late = () => answer(unanswered(`no answer within ${ANSWER_MS} ms`));
      const timer = setTimeout(late, ANSWER_MS);
      this.#waiting.set(number, { subject, answer });
      try {
        this.#write(messages, `${this.#inbox}.${number}`);
      } catch (cause) {
        const error = notTaken(subject, this.#connection.maxPayload, cause);
        answer({ kind: 'refused', error });
      }
    });
  }

  stop(): void {
    for (const stop of this.#stop) stop();
    for (const { answer } of this.#waiting.values()) answer(unanswered('the client is closing'));
    this.#listening?.unsubscribe();
    this.#listening = undefined;
  }

  #write(messages: readonly EncodedMessage[], reply: string): void {
    const { nc } = this.#connection;
    const batch = randomUUID();
    for (const [index, { subject, headers, payload }] of messages.entries()) {
      const isLast = index === messages.length - 1;
      const block = headerBlock({
        ...headers,
        'Nats-Batch-Id': batch,
        'Nats-Batch-Sequence': String(index + 1),
        ...(isLast && { 'Nats-Batch-Commit': '1' }),
      });
      nc.publish(subject, payload, { headers: block, ...(isLast && { reply }) });
    }
  }

  #listen(): Listening {
    return this.#connection.subscribe(
      `${this.#inbox}.*`,
      (msg) => this.#hear(msg),
      (error) => {
        for (const { answer } of this.#waiting.values()) answer({ kind: 'refused', error });
      },
    );
  }

  #hear(msg: Msg): void {
    const waiting = this.#waiting.get(msg.subject.slice(this.#inbox.length + 1));
    if (waiting === undefined) return;
    if (msg.data.length === 0 && msg.headers?.code === 503)
      waiting.answer(unanswered('the stream has no leader, or is gone'));
    else waiting.answer(readPubAck(msg.string(), waiting.subject));
  }
}

interface Waiting {
  readonly subject: string;
  readonly answer: (answer: PubAckAnswer) => void;
}

function unanswered(why: string): PubAckAnswer {
  return { kind: 'again', error: new JetlaneError('PUBLISH_TIMEOUT', why) };
}
