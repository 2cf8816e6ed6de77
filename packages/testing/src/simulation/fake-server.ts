/** A nats-server as far as workers see it: three streams, a durable consumer or the queue of a partitioned worker, markers of last trials, and what it loses. */
import type { EncodedMessage, PublishAck } from '@jetlane/core';
import { PIN_TIMEOUT_MS } from '@jetlane/core/internals';
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
  /** What members of a partitioned worker say to each other; not stored, so it may be lost. */
  readonly announcements: number;
}

/** What is defective about a server on purpose, to see that it is noticed. */
export type ServerDefect =
  | 'forgets-deliveries'
  | 'stores-twice'
  | 'confirms-unstored'
  | 'ignores-pins';

/** How a server is set up. */
export interface ServerSettings {
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
  /** 0 where one durable serves all. */
  readonly partitions: number;
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
  /** By the name of their durable. */
  readonly consumers: ReadonlyMap<string, FakeConsumer>;
  /** What each partition is to handle. */
  readonly #queues: readonly FakeStream[];
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  readonly #settings: ServerSettings;
  readonly #marks = new Map<string, string>();
  #faulty = true;
  /** Until then it stores nothing. */
  downUntilMs = 0;
  /** Called with what members of a partitioned worker are to hear. */
  announced: (arrival: Arrival, from: Link) => void = () => {};
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
    const { ackWaitMs, maxAckPending, partitions, defect } = settings;
    this.#queues = Array.from({ length: partitions }, () => new FakeStream('SIM-worker', 0));
    if (partitions === 0) {
      const one = new FakeConsumer(this.inbound, timeline, dice.of('consumer'), this, settings);
      this.consumers = new Map([['worker', one]]);
      return;
    }
    const limits = {
      ackWaitMs,
      maxAckPending: Math.ceil(maxAckPending / partitions),
      pinTimeoutMs: PIN_TIMEOUT_MS,
      ignoresPins: defect === 'ignores-pins',
    };
    const all = this.#queues.map((queue, index) => {
      const own = dice.of(`consumer ${index}`);
      return [`p${index}`, new FakeConsumer(queue, timeline, own, this, limits)] as const;
    });
    this.consumers = new Map(all);
  }

  /** From now on nothing is lost. */
  heal(): void {
    this.#faulty = false;
    this.downUntilMs = 0;
  }

  /** Nothing is left to deliver or to settle. */
  get done(): boolean {
    return [...this.consumers.values()].every(({ done }) => done);
  }

  get state() {
    const sum = { lag: 0, ackPending: 0, redelivered: 0 };
    for (const { state } of this.consumers.values()) {
      sum.lag += state.lag;
      sum.ackPending += state.ackPending;
      sum.redelivered += state.redelivered;
    }
    return sum;
  }

  /** How often the message at this position was delivered. */
  deliveriesOf(seq: number): number {
    for (const [durable, { deliveries }] of this.consumers) {
      const own = this.#queueOf(durable)?.messages.find(({ origin }) => origin === seq)?.seq;
      const count = deliveries.get(own ?? seq) ?? 0;
      if (own !== undefined || this.#queues.length === 0) return count;
    }
    return 0;
  }

  /** How many messages were delivered more than once. */
  get redelivered(): number {
    const all = [...this.consumers.values()].flatMap(({ deliveries }) => [...deliveries.values()]);
    return all.filter((count) => count > 1).length;
  }

  /** The position in its stream of the message that an ack subject is about. */
  seqOf(ackSubject: string): number {
    const [, , , durable = '', , seq] = ackSubject.split('.');
    return this.#queueOf(durable)?.at(Number(seq))?.origin ?? Number(seq);
  }

  /** Somebody sends what workers are to handle. */
  publish(message: EncodedMessage): void {
    this.#handOn(message, this.inbound.store(message, this.#timeline.nowMs));
  }

  /** Nobody listens on this inbox any more. */
  forget(inbox: string): void {
    for (const consumer of this.consumers.values()) consumer.forget(inbox);
  }

  /** Stores a message. Undefined when it refuses, which it does without a word. */
  store(message: EncodedMessage): PublishAck | undefined {
    const { losses, defect } = this.#settings;
    if (this.#timeline.nowMs < this.downUntilMs || this.#loses(losses.stores)) return undefined;
    if (defect === 'confirms-unstored' && this.#dice.chance(0.1))
      return { stream: 'MADE', seq: 1, duplicate: false };
    const stream = this.#streamOf(message.subject);
    const ack = stream.store(message, this.#timeline.nowMs);
    if (stream === this.inbound) this.#handOn(message, ack);
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
      this.#pull(link, session, subject, reply, data);
    else if (subject.includes('.CONSUMER.UNPIN.')) this.consumerOf(subject.split('.')[5])?.unpin();
    else if (subject.startsWith('_jl-group.'))
      this.announced({ ...NOTHING, to: subject, subject, payload: Buffer.from(data) }, link);
  }

  /** Whether what one member says does not reach another. */
  losesAnnouncement(): boolean {
    return this.#loses(this.#settings.losses.announcements);
  }

  consumerOf(durable: string | undefined): FakeConsumer | undefined {
    return this.consumers.get(durable ?? '');
  }

  deliver(
    request: PullRequest,
    message: StoredMessage,
    count: number,
    ahead: number,
    pin: string,
  ): void {
    const { link, session, reply, durable } = request;
    const { seq, subject, payload, timeMs } = message;
    const consumer = this.consumerOf(durable) as FakeConsumer;
    const headers = pin === '' ? message.headers : { ...message.headers, 'Nats-Pin-Id': pin };
    if (this.#settings.defect === 'forgets-deliveries' && this.#dice.chance(0.2)) {
      consumer.ack(seq);
      return;
    }
    if (!link.reaches(session) && this.#dice.chance(0.3))
      this.#timeline.after(this.#dice.between(5, 400), () => consumer.undelivered(seq));
    const nanos = `${EPOCH_MS + timeMs}000000`;
    const ack = `$JS.ACK.SIM.${durable}.${count}.${seq}.${seq}.${nanos}.${ahead}`;
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
    const { losses, partitions } = this.#settings;
    // What a line carries is not lost one by one: with a pin that is at stake, only what settles is, as with a leader that dies.
    const losable = partitions === 0 || data !== '+WPI';
    if (losable && this.#loses(losses.settlements)) return;
    const [, , , durable, , position] = subject.split('.');
    const seq = Number(position);
    const consumer = this.consumerOf(durable) as FakeConsumer;
    if (data === '+ACK' || data.startsWith('+TERM')) consumer.ack(seq);
    else if (data === '+WPI') consumer.working(seq);
    else if (data.startsWith('-NAK')) {
      const { delay = 0 } = JSON.parse(data.slice(4).trim() || '{}') as { delay?: number };
      consumer.nak(seq, delay / 1e6);
    }
    if (reply === undefined) return;
    link.toProcess(session, () => this.arrived(link, { ...NOTHING, to: reply, subject: reply }));
  }

  #pull(link: Link, session: Session, subject: string, reply: string, data: string): void {
    const request = JSON.parse(data) as {
      batch: number;
      expires?: number;
      idle_heartbeat?: number;
      no_wait?: boolean;
      max_bytes?: number;
      id?: string;
    };
    const { nowMs } = this.#timeline;
    const heartbeatMs = request.idle_heartbeat ? request.idle_heartbeat / 1e6 : Number.MAX_VALUE;
    const durable = subject.slice(subject.lastIndexOf('.') + 1);
    this.consumerOf(durable)?.pull({
      durable,
      link,
      session,
      reply,
      left: request.batch,
      expiresMs: request.expires ? nowMs + request.expires / 1e6 : Number.MAX_VALUE,
      heartbeatMs,
      heartbeatDueMs: nowMs + heartbeatMs,
      noWait: request.no_wait === true,
      pin: request.id ?? '',
      bytesMax: request.max_bytes ?? Number.MAX_VALUE,
    });
  }

  #queueOf(durable: string): FakeStream | undefined {
    return this.#queues[Number(durable.slice(1))];
  }

  /** It is there to be delivered now: with partitions, as a copy in the queue of its own. */
  #handOn(message: EncodedMessage, { seq, duplicate }: PublishAck): void {
    if (duplicate) return;
    const index = partitionOf(message.subject, this.#queues.length);
    const source = { 'Nats-Stream-Source': `SIM ${seq} > > ${message.subject}` };
    this.#queues[index]?.store(
      {
        ...message,
        subject: `${index}.${message.subject}`,
        headers: { ...message.headers, ...source },
        origin: seq,
      },
      this.#timeline.nowMs,
    );
    for (const consumer of this.consumers.values()) consumer.signal();
  }

  #loses(probability: number): boolean {
    return this.#faulty && this.#dice.chance(probability);
  }
}

/** By the last character of the key, which is a digit. */
function partitionOf(subject: string, count: number): number {
  return Number(subject.at(-1)) % Math.max(1, count);
}
