/** The carrier of one simulated process: the real puller over a fake connection; storing as the publisher does it, in few words. */
import { type ConsumerState, JetlaneError, type PublishAck, type WorkerSpec } from '@jetlane/core';
import {
  type Bus,
  type Clock,
  type Delivery,
  isPartitioned,
  PartitionGroup,
  Puller,
  type Subscriber,
  type Subscription,
} from '@jetlane/core/internals';
import type { FakeConnection } from './fake-connection.ts';
import type { FakeServer } from './fake-server.ts';

type EncodedMessage = Parameters<Bus['store']>[0];

/** What is defective about a carrier on purpose, to see that it is noticed. */
export type BusDefect =
  | 'no-order-barrier'
  | 'confirms-at-once'
  | 'more-than-room'
  | 'gathers-nothing';

/** What a run wants to know of a carrier. */
export interface BusWatcher {
  /** Of the process, unique. */
  readonly name: string;
  /** A message was handed to the worker. */
  delivered(delivery: Delivery, outstanding: number): void;
  /** The worker has ended because of this. */
  failed(error: Error): void;
}

const RESEND_MS = 1_000;
const DEADLINE_MS = 10_000;
const CLAIM_TRIES = 3;
const ASK_MS = 5_000;

/** See the head of this file. */
export class SimBus implements Bus {
  readonly clock: Clock;
  readonly maxPayload = 1_048_576;
  readonly #connection: FakeConnection;
  readonly #server: FakeServer;
  readonly #watcher: BusWatcher;
  readonly #defect: BusDefect | undefined;
  #outstanding = 0;
  #claims = 0;

  constructor(
    connection: FakeConnection,
    server: FakeServer,
    clock: Clock,
    watcher: BusWatcher,
    defect: BusDefect | undefined,
  ) {
    this.#connection = connection;
    this.#server = server;
    this.clock = clock;
    this.#watcher = watcher;
    this.#defect = defect;
  }

  async store(message: EncodedMessage): Promise<PublishAck> {
    const deadlineMs = this.clock.now() + DEADLINE_MS;
    const send = () => {
      const ack = this.#server.store(message);
      return ack === undefined || this.#server.losesPubAck() ? undefined : ack;
    };
    if (this.#defect === 'confirms-at-once') {
      void this.#connection.ask(send, RESEND_MS);
      return { stream: 'MADE', seq: 1, duplicate: false };
    }
    while (this.clock.now() < deadlineMs) {
      const ack = await this.#connection.ask(send, RESEND_MS);
      if (ack !== undefined) return ack;
    }
    throw new JetlaneError('PUBLISH_TIMEOUT', `no ack within ${DEADLINE_MS} ms`);
  }

  ready(): undefined {
    return undefined;
  }

  async claim(subject: string): Promise<boolean> {
    const mine = `${this.#watcher.name}:${this.#claims++}`;
    for (let tries = 0; tries < CLAIM_TRIES; tries++) {
      const ask = () => this.#server.mark(subject, mine);
      const marked = await this.#connection.ask(
        () => (this.#server.losesPubAck() ? void ask() : ask()),
        ASK_MS,
      );
      if (marked !== undefined) return marked;
    }
    throw new JetlaneError('PUBLISH_TIMEOUT', 'no answer to a claim');
  }

  async unclaim(subject: string): Promise<void> {
    await this.#connection.ask(() => {
      this.#server.unmark(subject);
      return true;
    }, ASK_MS);
  }

  async streamOf(): Promise<string> {
    return 'SIM';
  }

  async scheduling() {
    return { problem: undefined, limitedPerSubject: false, aheadMs: 0 };
  }

  async cancel(): Promise<boolean> {
    return false;
  }

  async bucket(): Promise<never> {
    throw new JetlaneError('CONFIG_INVALID', 'a simulation has no buckets');
  }

  async prepare(): Promise<void> {}

  async subscribe(worker: WorkerSpec, subscriber: Subscriber): Promise<Subscription> {
    if (isPartitioned(worker)) {
      this.#connection.hidesPending = this.#defect === 'gathers-nothing';
      const own = {
        room: subscriber.room,
        maxBytes: subscriber.maxBytes,
        deliver: (delivery: Delivery) => this.#deliver(subscriber, delivery),
        withdraw: (seqs: readonly number[]) => subscriber.withdraw?.(seqs),
        fail: this.#fail,
      };
      const connection = this.#connection.asConnection();
      const group = new PartitionGroup(connection, worker, own, this.clock, this.#watcher.name);
      await group.joined();
      return {
        release: () => group.release(),
        widen: (count) => group.widen(count),
        stop: (timeoutMs) => group.stop(timeoutMs),
        state: () => this.#state(),
      };
    }
    const consumer = this.#server.consumerOf('worker') as NonNullable<
      ReturnType<FakeServer['consumerOf']>
    >;
    const look = async () => {
      const standing = await this.#connection.ask(() => consumer.standing, ASK_MS);
      if (standing === undefined) throw new Error('no answer');
      return standing;
    };
    const ordered = worker.laneOf !== undefined && this.#defect !== 'no-order-barrier';
    const source = {
      stream: 'SIM',
      durable: 'worker',
      restore: async () => void (await look()),
      stop: () => {},
      order: ordered ? { ackWaitMs: worker.ackWaitMs, look } : undefined,
    };
    const room = subscriber.room + (this.#defect === 'more-than-room' ? 4 : 0);
    const { maxBytes } = subscriber;
    const deliver = (delivery: Delivery) => this.#deliver(subscriber, delivery);
    const puller = new Puller(
      this.#connection.asConnection(),
      source,
      { room, maxBytes, deliver, fail: this.#fail },
      this.clock,
    );
    return {
      release: (count) => {
        this.#outstanding -= count;
        puller.release(count);
      },
      widen: (count) => puller.widen(count),
      stop: (timeoutMs) => puller.stop(timeoutMs),
      state: () => this.#state(),
    };
  }

  async flush(timeoutMs: number): Promise<void> {
    if (this.#connection.connected) await this.#connection.ask(() => true, timeoutMs);
  }

  async close(timeoutMs: number): Promise<void> {
    await this.flush(Math.max(100, timeoutMs));
  }

  #deliver(subscriber: Subscriber, delivery: Delivery): void {
    this.#outstanding++;
    subscriber.deliver(delivery);
    this.#watcher.delivered(delivery, this.#outstanding);
  }

  #fail = (error: Error) => this.#watcher.failed(error);

  async #state(): Promise<ConsumerState> {
    const state = await this.#connection.ask(() => this.#server.state, ASK_MS);
    if (state === undefined) throw new Error('no answer');
    return state;
  }
}
