/**
 * A process's part in a partitioned worker: it says that it is there, takes the partitions that are its share, and gives up
 * those that become another's. One engine handles what all of them bring.
 */
import { JetlaneError } from '@jetlane/contracts';
import { PermissionViolationError } from '@nats-io/nats-core';
import type { ConsumerState, Subscriber, Subscription } from '../bus.ts';
import { type Clock, realClock } from '../clock.ts';
import { assign } from '../partitions/assignment.ts';
import {
  type Announcement,
  Membership,
  newMemberId,
  toAnnouncement,
} from '../partitions/membership.ts';
import { groupSubject, partitionDurable, queueName } from '../partitions/partition-names.ts';
import {
  type PartitionedWorker,
  pendingMax,
  toPartitionConfig,
} from '../partitions/queue-config.ts';
import { consumersOf } from '../topology/foreign-overlap.ts';
import { within } from '../within.ts';
import type { PartitionStanding } from './gathering.ts';
import type { Connection, Listening } from './live-connection.ts';
import type { PartitionDelivery } from './partition-delivery.ts';
import { PartitionPuller } from './partition-puller.ts';
import type { PartitionSource } from './partition-source.ts';
import { restoreConsumer } from './restore-consumer.ts';

/** How long a process waits for the other members' words before it takes its share. */
const JOIN_MAX_MS = 1_000;

/** See the head of this file. */
export class PartitionGroup implements Subscription {
  readonly #connection: Connection;
  readonly #worker: PartitionedWorker;
  readonly #subscriber: Subscriber;
  readonly #queue: string;
  readonly #subject: string;
  readonly #clock: Clock;
  readonly #pullers = new Map<number, PartitionPuller>();
  readonly #membership: Membership;
  readonly #stopListening: (() => void)[];
  #listening: Listening | undefined;
  /** What is this process's share now. */
  #share: ReadonlySet<number> = new Set();
  /** Places that there are besides the room. */
  #extra = 0;
  #joined: () => void = () => {};
  #stopped = false;

  /** @param id of this member, unlike any other's */
  constructor(
    connection: Connection,
    worker: PartitionedWorker,
    subscriber: Subscriber,
    clock: Clock = realClock,
    id: string = newMemberId(),
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#worker = worker;
    this.#subscriber = subscriber;
    this.#queue = queueName(worker.stream.name, worker.name);
    this.#subject = groupSubject(worker.stream.name, worker.name);
    this.#listen();
    this.#membership = new Membership({
      id,
      clock,
      announcer: toAnnouncer(connection, this.#subject),
      holds: () => this.#holds(),
      changed: (members) => this.#divide(members),
    });
    this.#stopListening = [
      connection.onChange((connected) => this.#changed(connected)),
      connection.onServerError((error) => this.#refuse(error)),
      connection.onEnd((error) => this.#fail(error)),
    ];
  }

  /** Resolves when this process asks for its share. */
  async joined(): Promise<void> {
    if (this.#share.size > 0) return;
    const first = new Promise<void>((resolve) => {
      this.#joined = resolve;
    });
    await within(JOIN_MAX_MS, first, this.#clock);
  }

  /** Room follows from what is settled: see {@link PartitionDelivery}. */
  release(): void {}

  widen(count: number): void {
    this.#extra += count;
    for (const puller of this.#pullers.values()) puller.grow();
  }

  async stop(timeoutMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#share = new Set();
    for (const stop of this.#stopListening) stop();
    this.#membership.leave();
    this.#listening?.unsubscribe();
    const pullers = [...this.#pullers];
    await Promise.all(pullers.map(([partition]) => this.#leave(partition, timeoutMs)));
  }

  async state(): Promise<ConsumerState> {
    const durables = await consumersOf(this.#connection, this.#queue);
    let [lag, ackPending, redelivered] = [0, 0, 0];
    let pausedUntil: Date | undefined;
    for (const durable of durables) {
      lag += durable.num_pending;
      ackPending += durable.num_ack_pending;
      redelivered += durable.num_redelivered;
      const until = durable.paused === true ? durable.config.pause_until : undefined;
      if (until !== undefined) pausedUntil = new Date(until);
    }
    return { lag, ackPending, redelivered, pausedUntil };
  }

  #listen(): void {
    this.#listening?.unsubscribe();
    this.#listening = this.#connection.subscribe(
      this.#subject,
      (msg) => {
        const announcement = toAnnouncement(msg.data);
        if (announcement === undefined) return this.#answer(msg.reply);
        this.#membership.hear(announcement);
      },
      (error) => this.#fail(error),
    );
  }

  /** Somebody who is no member asks who is there. */
  #answer(reply: string | undefined): void {
    if (reply === undefined || reply === '') return;
    const { id, name } = this.#membership;
    const announcement: Announcement = { id, name, holds: this.#holds() };
    this.#connection.nc.publish(reply, JSON.stringify(announcement));
  }

  #holds(): Announcement['holds'] {
    return [...this.#pullers].map(([partition, { pin }]) => ({ partition, pin }));
  }

  #divide(members: readonly string[]): void {
    const owners = assign(members, this.#worker.partitions.count);
    const share = new Set<number>();
    for (const [partition, owner] of owners.entries())
      if (owner === this.#membership.id) share.add(partition);
    this.#share = share;
    for (const [partition, puller] of this.#pullers)
      if (!share.has(partition) && puller.wanted) void this.#leave(partition);
    for (const partition of share) this.#take(partition);
    for (const puller of this.#pullers.values()) puller.grow();
    this.#joined();
  }

  /** One that is just being given up is taken again when that is over. */
  #take(partition: number): void {
    if (this.#pullers.has(partition) || this.#stopped) return;
    const source = this.#source(partition);
    this.#pullers.set(partition, new PartitionPuller(this.#connection, source, this.#clock));
  }

  async #leave(partition: number, timeoutMs = JOIN_MAX_MS): Promise<void> {
    const puller = this.#pullers.get(partition);
    const left = () => {
      this.#pullers.delete(partition);
      this.#membership.announce();
      if (this.#share.has(partition)) this.#take(partition);
    };
    await puller?.leave(left, timeoutMs);
  }

  #source(partition: number): PartitionSource {
    const { ackWaitMs, timeoutMs } = this.#worker;
    const durable = partitionDurable(partition);
    return {
      queue: this.#queue,
      durable,
      ackWaitMs,
      timeoutMs,
      room: () => this.#room(),
      maxBytes: () => this.#subscriber.maxBytes / Math.max(1, this.#share.size),
      deliver: (delivery) => this.#subscriber.deliver(delivery),
      withdraw: (deliveries) => this.#withdraw(deliveries),
      look: () => this.#look(durable),
      restore: () =>
        restoreConsumer(this.#connection, this.#queue, toPartitionConfig(this.#worker, partition)),
      changed: () => this.#membership.announce(),
      fail: (error) => this.#fail(error),
    };
  }

  /** An equal part of what this process may hold. */
  #room(): number {
    const places = this.#subscriber.room + this.#extra;
    const part = Math.floor(places / Math.max(1, this.#share.size));
    return Math.max(1, Math.min(part, pendingMax(this.#worker)));
  }

  #withdraw(deliveries: readonly PartitionDelivery[]): void {
    this.#subscriber.withdraw?.(deliveries.map(({ seq }) => seq));
  }

  async #look(durable: string): Promise<PartitionStanding> {
    const info = await this.#connection.jsm.consumers.info(this.#queue, durable);
    const { priority_groups: groups } = info as { priority_groups?: readonly PinState[] };
    return { ackPending: info.num_ack_pending, pin: groups?.[0]?.pinned_client_id ?? '' };
  }

  #changed(connected: boolean): void {
    if (connected) this.#membership.rejoin();
    for (const puller of this.#pullers.values()) {
      if (connected) void puller.reconnected();
      else puller.disconnected();
    }
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError)) return;
    const next = `${this.#connection.apiPrefix}.CONSUMER.MSG.NEXT.${this.#queue}.`;
    if (error.subject !== this.#subject && !error.subject.startsWith(next)) return;
    const what = error.operation === 'subscription' ? 'subscribe' : 'publish';
    this.#fail(
      new JetlaneError(
        'PERMISSION_DENIED',
        `these credentials may not take part in ${this.#queue}: allow them to ${what} to ${error.subject}`,
        { cause: error },
      ),
    );
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    void this.stop(0);
    this.#subscriber.fail(error);
  }
}

/** What the server says of the pin of a durable. */
interface PinState {
  readonly pinned_client_id?: string;
}

function toAnnouncer(connection: Connection, subject: string) {
  return {
    get connected() {
      return connection.connected;
    },
    send: (announcement: Announcement) =>
      connection.nc.publish(subject, JSON.stringify(announcement)),
  };
}
