import type { EncodedMessage } from '@jetlane/contracts';
import type { Bucket, BucketSettings } from '../bucket.ts';
import type {
  Bus,
  ConsumerState,
  Delivery,
  PublishAck,
  Publishing,
  Scheduling,
  Subscriber,
  Subscription,
  Topology,
} from '../bus.ts';
import { realClock } from '../clock.ts';
import { isPartitioned } from '../partitions/queue-config.ts';
import { toConsumerConfig } from '../topology/consumer-config.ts';
import { filtersOf, sentFilters } from '../topology/normal-form.ts';
import { prepare } from '../topology/prepare.ts';
import type { Fields } from '../topology/stream-config.ts';
import { within } from '../within.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { AtomicBatches } from './atomic-batch.ts';
import { openBucket } from './bucket-stream.ts';
import { claim, unclaim } from './claim.ts';
import type { Connection } from './connection.ts';
import { type BucketSurroundings, NatsBucket } from './nats-bucket.ts';
import { NatsBulk } from './nats-bulk.ts';
import type { Standing } from './order-barrier.ts';
import { PartitionGroup } from './partition-group.ts';
import { closed, timedOut } from './publish-errors.ts';
import { Publisher, type PublisherOptions } from './publisher.ts';
import { Puller } from './puller.ts';
import { ReadWindow } from './read-window.ts';
import { consumerKeeper } from './restore-consumer.ts';
import { cancelSchedule, SchedulingLookup } from './scheduling.ts';
import { Strays } from './strays.ts';
import { type StreamLookup, streamLookup } from './stream-lookup.ts';

/** Settlements that the server has not seen after this long will not reach it on this connection. */
const FLUSH_MS = 2_000;
/** What was written before a close without any time left may still reach the server for this long. */
const FLUSH_MIN_MS = 100;
/** How often it is asked for the stream of a subject while JetStream does not answer. */
const LOOK_AGAIN_MS = 250;

/** Reads of buckets that are under way at once. */
const READS_MAX = 256;

/** Carries messages through a nats-server. */
export class NatsBus implements Bus {
  readonly clock = realClock;
  readonly bulk: NatsBulk;
  readonly #connection: Connection;
  readonly #publisher: Publisher;
  readonly #buckets: BucketSurroundings;
  readonly #topology: 'apply' | 'verify';
  readonly #scheduling: SchedulingLookup;
  readonly #lookup: StreamLookup;
  readonly #publishTimeoutMs: number;

  constructor(
    connection: Connection,
    options: PublisherOptions & { readonly topology: 'apply' | 'verify' },
  ) {
    this.#connection = connection;
    this.#topology = options.topology;
    this.#publisher = new Publisher(connection, options);
    this.#scheduling = new SchedulingLookup(connection);
    this.#lookup = streamLookup(connection);
    this.#publishTimeoutMs = options.publishTimeoutMs;
    this.#buckets = {
      connection,
      publisher: this.#publisher,
      batches: new AtomicBatches(connection),
      reads: new ReadWindow(READS_MAX),
      timeoutMs: options.publishTimeoutMs,
    };
    this.bulk = new NatsBulk(connection, this.#buckets.batches, options);
  }

  get maxPayload(): number {
    return this.#connection.maxPayload;
  }

  get publishing(): Publishing {
    return this.#publisher.state;
  }

  get publishTimeoutMs(): number {
    return this.#publishTimeoutMs;
  }

  store(message: EncodedMessage, waitedMs?: number): Promise<PublishAck> {
    return this.#publisher.store(message, waitedMs);
  }

  ready(): Promise<void> | undefined {
    return this.#publisher.room();
  }

  claim(subject: string): Promise<boolean> {
    return claim(this.#connection, subject);
  }

  unclaim(subject: string): Promise<void> {
    return unclaim(this.#connection, subject);
  }

  async streamOf(subject: string): Promise<string | undefined> {
    const deadlineMs = performance.now() + this.#publishTimeoutMs;
    for (;;) {
      const stream = await this.#lookup.find(subject);
      if (stream !== undefined) return stream ?? undefined;
      if (this.#connection.nc.isClosed()) throw closed(subject);
      if (performance.now() >= deadlineMs)
        throw timedOut(subject, this.#publishTimeoutMs, 'JetStream does not answer', undefined);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  scheduling(stream: string): Promise<Scheduling> {
    return this.#scheduling.find(stream);
  }

  cancel(stream: string, subject: string): Promise<boolean> {
    return cancelSchedule(this.#connection, stream, subject);
  }

  async prepare(topology: Topology): Promise<void> {
    await prepare(this.#connection, topology, this.#topology);
    this.#scheduling.forget();
  }

  async bucket(settings: BucketSettings): Promise<Bucket> {
    const replicas = await openBucket(this.#connection, settings, this.#topology);
    return new NatsBucket(settings, replicas, this.#buckets);
  }

  async subscribe(worker: WorkerSpec, subscriber: Subscriber): Promise<Subscription> {
    if (isPartitioned(worker)) {
      const group = new PartitionGroup(this.#connection, worker, subscriber);
      await group.joined();
      return group;
    }
    const stream = worker.stream.name;
    const { laneOf, name, ackWaitMs } = worker;
    const lossy = worker.ackPolicy === 'none';
    let reachedSeq = 0;
    const look = () => this.#standing(stream, name);
    const source = {
      ...consumerKeeper(this.#connection, worker, () => reachedSeq),
      stream,
      durable: name,
      // What was lost on its way does not come again: nothing is to be waited for.
      order: lossy ? undefined : laneOf && { ackWaitMs, look },
      lossy,
      strays: this.#straysOf(worker),
    };
    const noting = (delivery: Delivery) => {
      if (delivery.seq > reachedSeq) reachedSeq = delivery.seq;
      subscriber.deliver(delivery);
    };
    const taker = lossy ? { ...subscriber, deliver: noting } : subscriber;
    const puller = new Puller(this.#connection, source, taker);
    return {
      release: (count) => puller.release(count),
      widen: (count) => puller.widen(count),
      stop: (timeoutMs) => puller.stop(timeoutMs),
      state: () => this.#state(stream, name),
    };
  }

  async flush(timeoutMs: number): Promise<void> {
    this.#connection.acks?.flush();
    if (this.#connection.connected) await within(timeoutMs, this.#connection.nc.flush());
  }

  async close(timeoutMs: number): Promise<void> {
    const endMs = Date.now() + timeoutMs;
    const { nc } = this.#connection;
    await this.#publisher.drain(timeoutMs);
    this.bulk.stop();
    this.#buckets.batches.stop();
    const leftMs = Math.min(FLUSH_MS, Math.max(FLUSH_MIN_MS, endMs - Date.now()));
    this.#connection.acks?.flush();
    if (this.#connection.connected) await within(leftMs, nc.drain());
    await nc.close();
  }

  #straysOf(worker: WorkerSpec): Strays | undefined {
    const config = toConsumerConfig(worker) as Fields;
    const filters = filtersOf(config);
    if (sentFilters(config).length > 0 || filters.length === 0) return undefined;
    const stream = worker.stream.name;
    const look = async () => {
      const info = await this.#connection.jsm.consumers.info(stream, worker.name);
      return filtersOf(info.config as unknown as Fields);
    };
    return new Strays({ stream, filters, room: worker.room, look });
  }

  async #state(stream: string, durable: string): Promise<ConsumerState> {
    const info = await this.#connection.jsm.consumers.info(stream, durable);
    const { num_pending: lag, num_ack_pending: ackPending, num_redelivered: redelivered } = info;
    const { paused = false, config } = info;
    const until = paused && config.pause_until !== undefined ? config.pause_until : undefined;
    const pausedUntil = until === undefined ? undefined : new Date(until);
    return { lag, ackPending, redelivered, pausedUntil };
  }

  async #standing(stream: string, durable: string): Promise<Standing> {
    const { ack_floor, delivered, num_ack_pending, num_waiting, cluster } =
      await this.#connection.jsm.consumers.info(stream, durable);
    return {
      ackFloor: ack_floor.stream_seq,
      delivered: delivered.stream_seq,
      ackPending: num_ack_pending,
      waiting: num_waiting,
      leader: cluster?.leader,
    };
  }
}
