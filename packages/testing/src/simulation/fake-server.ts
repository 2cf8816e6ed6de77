/** A nats-server as far as workers see it: three streams, one durable consumer, markers of last trials, and what it loses. */
import type { EncodedMessage, PublishAck } from '@jetlane/core';
import type { Dice } from './dice.ts';
import { FakeConsumer, type PullRequest } from './fake-consumer.ts';
import { FakeStream, type StoredMessage } from './fake-stream.ts';
import type { Link, Session } from './link.ts';
import { EPOCH_MS, type Timeline } from './timeline.ts';

/** What the server loses and refuses, as probabilities, while there are faults. */
export interface Losses {
  /** Acks, naks and heartbeats of workers. */
  readonly settlements: number;
  /** Answers to whoever stored something. */
  readonly pubAcks: number;
  /** Messages that it refuses to store. */
  readonly stores: number;
}

/** What is defective about a server on purpose, to see that it is noticed. */
export type ServerDefect = 'forgets-deliveries' | 'stores-twice' | 'confirms-unstored';

/** How a server is set up. */
export interface ServerSettings {
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
  readonly losses: Losses;
  readonly defect: ServerDefect | undefined;
}

/** What arrives at a process, as the NATS client hands it out. */
export interface Arrival {
  /** The inbox that it goes to. */
  readonly to: string;
  readonly subject: string;
  readonly reply: string | undefined;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly code: number;
  readonly description: string;
}

const NOTHING = {
  reply: undefined,
  payload: new Uint8Array(0),
  headers: {},
  code: 0,
  description: '',
};

/** See the head of this file. */
export class FakeServer {
  readonly inbound: FakeStream;
  readonly results: FakeStream;
  readonly letters: FakeStream;
  readonly consumer: FakeConsumer;
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  readonly #settings: ServerSettings;
  readonly #marks = new Map<string, string>();
  #faulty = true;
  /** Until then it stores nothing. */
  downUntilMs = 0;
  /** Called with what a process is sent. */
  arrived: (link: Link, arrival: Arrival) => void = () => {};

  constructor(timeline: Timeline, dice: Dice, settings: ServerSettings) {
    this.#timeline = timeline;
    this.#dice = dice;
    this.#settings = settings;
    const windowMs = settings.defect === 'stores-twice' ? 0 : 120_000;
    this.inbound = new FakeStream('SIM', windowMs);
    this.results = new FakeStream('MADE', windowMs);
    this.letters = new FakeStream('DLQ', windowMs);
    this.consumer = new FakeConsumer(this.inbound, timeline, dice.of('consumer'), this, settings);
  }

  /** From now on nothing is lost. */
  heal(): void {
    this.#faulty = false;
    this.downUntilMs = 0;
  }

  /** Stores a message. Undefined when it refuses, which it does without a word. */
  store(message: EncodedMessage): PublishAck | undefined {
    const { losses, defect } = this.#settings;
    if (this.#timeline.nowMs < this.downUntilMs || this.#loses(losses.stores)) return undefined;
    if (defect === 'confirms-unstored' && this.#dice.chance(0.1))
      return { stream: 'MADE', seq: 1, duplicate: false };
    const stream = this.#streamOf(message.subject);
    const ack = stream.store(message, this.#timeline.nowMs);
    if (stream === this.inbound) this.consumer.signal();
    return ack;
  }

  /** Whether the answer to a store gets lost. */
  losesPubAck(): boolean {
    return this.#loses(this.#settings.losses.pubAcks);
  }

  /** Marks a subject, unless somebody else did. Undefined when it refuses. */
  mark(subject: string, id: string): boolean | undefined {
    if (this.#timeline.nowMs < this.downUntilMs) return undefined;
    const marked = this.#marks.get(subject);
    if (marked === undefined) this.#marks.set(subject, id);
    return marked === undefined || marked === id;
  }

  unmark(subject: string): void {
    this.#marks.delete(subject);
  }

  /** Something that a process published on one of the server's own subjects. */
  receive(link: Link, session: Session, subject: string, data: string, reply?: string): void {
    if (subject.startsWith('$JS.ACK.')) this.#settle(link, session, subject, data, reply);
    else if (subject.includes('.CONSUMER.MSG.NEXT.') && reply !== undefined)
      this.#pull(link, session, reply, data);
  }

  deliver(request: PullRequest, message: StoredMessage, count: number, ahead: number): void {
    const { link, session, reply } = request;
    const { seq, subject, payload, headers, timeMs } = message;
    if (this.#settings.defect === 'forgets-deliveries' && this.#dice.chance(0.2)) {
      this.consumer.ack(seq);
      return;
    }
    if (!link.reaches(session) && this.#dice.chance(0.3))
      this.#timeline.after(this.#dice.between(5, 400), () => this.consumer.undelivered(seq));
    const nanos = `${EPOCH_MS + timeMs}000000`;
    const ack = `$JS.ACK.SIM.worker.${count}.${seq}.${seq}.${nanos}.${ahead}`;
    const arrival = { to: reply, subject, reply: ack, payload, headers, code: 0, description: '' };
    link.toProcess(session, () => this.arrived(link, arrival));
  }

  status({ link, session, reply, left }: PullRequest, code: number, description: string): void {
    const headers = code === 408 ? { 'Nats-Pending-Messages': String(left) } : {};
    link.toProcess(session, () =>
      this.arrived(link, { ...NOTHING, to: reply, subject: reply, headers, code, description }),
    );
  }

  #streamOf(subject: string): FakeStream {
    if (subject.startsWith('_jl.dlq')) return this.letters;
    return subject.startsWith('made.') ? this.results : this.inbound;
  }

  #settle(link: Link, session: Session, subject: string, data: string, reply?: string): void {
    if (this.#loses(this.#settings.losses.settlements)) return;
    const seq = Number(subject.split('.')[5]);
    if (data === '+ACK' || data.startsWith('+TERM')) this.consumer.ack(seq);
    else if (data === '+WPI') this.consumer.working(seq);
    else if (data.startsWith('-NAK')) {
      const { delay = 0 } = JSON.parse(data.slice(4).trim() || '{}') as { delay?: number };
      this.consumer.nak(seq, delay / 1e6);
    }
    if (reply === undefined) return;
    link.toProcess(session, () => this.arrived(link, { ...NOTHING, to: reply, subject: reply }));
  }

  #pull(link: Link, session: Session, reply: string, data: string): void {
    const request = JSON.parse(data) as {
      batch: number;
      expires?: number;
      idle_heartbeat?: number;
      no_wait?: boolean;
    };
    const { nowMs } = this.#timeline;
    const heartbeatMs = request.idle_heartbeat ? request.idle_heartbeat / 1e6 : Number.MAX_VALUE;
    this.consumer.pull({
      link,
      session,
      reply,
      left: request.batch,
      expiresMs: request.expires ? nowMs + request.expires / 1e6 : Number.MAX_VALUE,
      heartbeatMs,
      heartbeatDueMs: nowMs + heartbeatMs,
      noWait: request.no_wait === true,
    });
  }

  #loses(probability: number): boolean {
    return this.#faulty && this.#dice.chance(probability);
  }
}
