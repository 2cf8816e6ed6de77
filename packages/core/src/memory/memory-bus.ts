/** The bus of one process: same rules as JetStream, nothing on disk, gone with the process. */
import { setImmediate as turn } from 'node:timers/promises';
import { configInvalid, type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { Bucket, BucketSettings } from '../bucket.ts';
import type { Bus, PublishAck, Scheduling, Subscriber, Subscription, Topology } from '../bus.ts';
import type { Clock } from '../clock.ts';
import { type Timetable, toTimetableMessage } from '../schedule/timetable.ts';
import { assertAllowed } from '../topology/apply.ts';
import type { Change } from '../topology/change.ts';
import { deadLetterName, needsDeadLetters } from '../topology/dead-letter-stream.ts';
import {
  type PausedDurable,
  UNTIL_RESUMED,
  type WorkerName,
  workerProblem,
} from '../topology/durables.ts';
import { schedulingProblem } from '../topology/schedule-guard.ts';
import type { Fields } from '../topology/stream-config.ts';
import { consumerKey } from '../topology/wanted.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { MemoryBucket, merged } from './memory-bucket.ts';
import { MemoryBulk } from './memory-bulk.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { planMemory } from './memory-plan.ts';
import { MemoryStream } from './memory-stream.ts';
import { Recent } from './recent.ts';
import { ScheduleTimer } from './schedule-timer.ts';
import { toConsumerSettings, toStreamSettings, unsupported } from './settings.ts';
import { headerBytes, type StoredMessage, wireBytes } from './stored-message.ts';

/** A {@link Bus} in this process. */
export class MemoryBus implements Bus {
  readonly clock: Clock;
  readonly maxPayload = 1024 * 1024;
  readonly #streams = new Map<string, Part<MemoryStream>>();
  /** By `consumerKey`. */
  readonly #consumers = new Map<string, Part<MemoryConsumer>>();
  readonly #timetables = new Map<string, Timetable>();
  readonly #timers = new Map<string, ScheduleTimer>();
  readonly #buckets = new Map<string, MemoryBucket>();
  readonly #deadLetterStreams = new Set<string>();
  readonly #claims = new Recent<true>(CLAIM_WINDOW_MS);
  #order = 0;
  #moves = 0;
  #burst = 0;
  #breath: Promise<void> | undefined;
  #closed = false;

  readonly bulk: MemoryBulk;

  constructor(clock: Clock) {
    this.clock = clock;
    this.bulk = new MemoryBulk({
      store: (message) => this.store(message),
      storeAll: (stream, messages) => this.#storeAll(stream, messages),
      find: (subject) => this.#streams.get(this.#streamOf(subject)?.name ?? ''),
    });
  }

  /** Rises with every message that is stored, delivered or settled. */
  get moves(): number {
    return this.#moves;
  }

  /** Whether deliveries are about to be handed out. */
  get isMoving(): boolean {
    return [...this.#consumers.values()].some(({ made }) => made.isMoving);
  }

  /** Whether a running worker has messages to come, in hand, or waiting for their retry. */
  get isBusy(): boolean {
    return [...this.#consumers.values()].some(({ made }) => made.isBusy || made.awaitsRetry);
  }

  async store(message: EncodedMessage): Promise<PublishAck> {
    this.#assertOpen();
    const { subject } = message;
    assertFits(message, this.maxPayload);
    const stream = this.#streamOf(subject);
    if (stream === undefined)
      throw new JetlaneError(
        'NO_STREAM',
        `no stream stores "${subject}": declare one that covers it, and start it before publishing`,
      );
    this.#moves++;
    const ack = stream.store(message, this.clock.now(), this.#order++);
    this.#timers.get(stream.name)?.set();
    if (++this.#burst >= BURST_MAX) await this.#breathe();
    return ack;
  }

  #storeAll(stream: MemoryStream, messages: readonly EncodedMessage[]): PublishAck[] {
    this.#assertOpen();
    for (const message of messages) assertFits(message, this.maxPayload);
    this.#moves++;
    const acks = stream.storeAll(messages, this.clock.now(), this.#order);
    this.#order += messages.length;
    return acks;
  }

  async claim(key: string): Promise<boolean> {
    const nowMs = this.clock.now();
    if (this.#claims.get(key, nowMs)) return false;
    this.#claims.set(key, true, nowMs);
    return true;
  }

  async unclaim(key: string): Promise<void> {
    this.#claims.delete(key);
  }

  /** Storing never waits here. */
  ready(): undefined {
    return undefined;
  }

  async streamOf(subject: string): Promise<string | undefined> {
    this.#assertOpen();
    return this.#streamOf(subject)?.name;
  }

  async scheduling(name: string): Promise<Scheduling> {
    const stream = this.#streams.get(name);
    const problem =
      stream === undefined ? 'it does not exist' : schedulingProblem(name, stream.config);
    const limit = stream?.made.settings.maxMsgsPerSubject ?? Number.POSITIVE_INFINITY;
    return { problem, limitedPerSubject: limit !== Number.POSITIVE_INFINITY, aheadMs: 0 };
  }

  async cancel(stream: string, subject: string): Promise<boolean> {
    this.#assertOpen();
    return this.#streams.get(stream)?.made.cancel(subject) ?? false;
  }

  /**
   * Creates and changes all that is declared, or nothing.
   *
   * @throws JetlaneError `TOPOLOGY_CONFLICT`; `CONFIG_INVALID` for what needs a server
   */
  async prepare(topology: Topology): Promise<void> {
    this.#assertOpen();
    const changes = planMemory(topology, this.#existing(), this.clock.now());
    assertAllowed(changes, false);
    const problems = [
      ...changes.flatMap(({ config }) => unsupported(config)),
      ...this.#refusals(topology.workers),
    ];
    if (problems.length > 0) throw configInvalid('memory()', problems);
    for (const change of changes) if (change.kind === 'stream') this.#changeStream(change);
    for (const change of changes) if (change.kind === 'consumer') this.#changeConsumer(change);
    for (const change of changes)
      if (change.kind === 'schedule') await this.#changeTimetable(change);
    for (const worker of topology.workers.filter(needsDeadLetters))
      this.#deadLetterStreams.add(deadLetterName(worker));
  }

  async subscribe({ name, stream }: WorkerSpec, subscriber: Subscriber): Promise<Subscription> {
    this.#assertOpen();
    const consumer = this.#consumers.get(consumerKey(stream.name, name));
    if (consumer === undefined)
      throw new JetlaneError(
        'STREAM_GONE',
        `worker '${name}' has no consumer on stream ${stream.name}: start it with client.start()`,
      );
    return consumer.made.subscribe(subscriber);
  }

  async bucket(settings: BucketSettings): Promise<Bucket> {
    this.#assertOpen();
    const { name } = settings;
    const known = this.#buckets.get(name);
    if (known === undefined) {
      const made = new MemoryBucket(settings, this.clock, this.maxPayload);
      this.#buckets.set(name, made);
      return made;
    }
    known.update(merged(known.settings, settings));
    return known;
  }

  /** Settlements take effect at once. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    for (const { made } of this.#consumers.values()) made.stop();
    for (const timer of this.#timers.values()) timer.stop();
    for (const bucket of this.#buckets.values()) bucket.close();
  }

  stream(name: string): MemoryStream | undefined {
    return this.#streams.get(name)?.made;
  }

  consumer(stream: string, name: string): MemoryConsumer | undefined {
    return this.#consumers.get(consumerKey(stream, name))?.made;
  }

  /** The durable of that name, on that stream or the only one, delivers nothing for so long. */
  pause(which: WorkerName, forMs: number): PausedDurable[] {
    const all = [...this.#consumers].map(([key, { made }]) => {
      const [stream = '', durable = ''] = key.split(' ');
      return { stream, durable, made };
    });
    const { worker, stream: wanted } = which;
    const found = all.filter(
      ({ stream, durable }) => durable === worker && (wanted ?? stream) === stream,
    );
    const names = [...new Set(all.map(({ durable }) => durable))].sort();
    const streams = found.map(({ stream }) => stream);
    const problem = workerProblem(which, names, streams);
    if (problem !== undefined) throw new JetlaneError('CONFIG_INVALID', problem);
    const endMs = Math.min(this.clock.now() + forMs, UNTIL_RESUMED.getTime());
    const pausedUntil = forMs > 0 ? new Date(endMs) : undefined;
    for (const { made } of found) made.pause(pausedUntil?.getTime() ?? 0);
    return found.map(({ stream, durable }) => ({ stream, durable, pausedUntil }));
  }

  /** What the declared streams hold, oldest first, dead letters and what is Jetlane's own apart. */
  stored(): InStream[] {
    return this.#everything((name) => !this.#deadLetterStreams.has(name)).filter(
      ({ subject }) => !subject.startsWith('_jl.'),
    );
  }

  /** What was given up on, oldest first. */
  deadLetters(): InStream[] {
    return this.#everything((name) => this.#deadLetterStreams.has(name));
  }

  /** A loop that publishes and awaits is made of promises only: without this nothing else would ever run. */
  #breathe(): Promise<void> {
    this.#breath ??= turn().then(() => {
      this.#burst = 0;
      this.#breath = undefined;
    });
    return this.#breath;
  }

  #everything(isWanted: (name: string) => boolean): InStream[] {
    const nowMs = this.clock.now();
    return [...this.#streams]
      .filter(([name]) => isWanted(name))
      .flatMap(([stream, { made }]) => [...made.messages(nowMs)].map((one) => ({ ...one, stream })))
      .sort((a, b) => a.order - b.order);
  }

  #streamOf(subject: string): MemoryStream | undefined {
    for (const { made } of this.#streams.values()) if (made.covers(subject)) return made;
    return undefined;
  }

  /** Delivers what is due in a stream. */
  #fire(stream: MemoryStream): void {
    const nowMs = this.clock.now();
    while (stream.fire(nowMs, this.#order)) {
      this.#order++;
      this.#moves++;
    }
  }

  #existing(): Parameters<typeof planMemory>[1] {
    const nowMs = this.clock.now();
    const streams = [...this.#streams].map(([name, { made, config }]) => {
      made.expire(nowMs);
      const holding = {
        messages: made.size,
        bytes: made.bytes,
        oldest: made.at(made.firstSeq),
      };
      return [name, { config, holding }] as const;
    });
    const consumers = [...this.#consumers].map(([key, { config }]) => [key, config] as const);
    return {
      streams: new Map(streams),
      consumers: new Map(consumers),
      timetables: this.#timetables,
    };
  }

  /** What a server would refuse beside the rules for changes. */
  #refusals(workers: readonly WorkerSpec[]): string[] {
    const queues = workers.filter(
      ({ stream, startAt }) => stream.options.retention === 'workqueue' && startAt !== 'first',
    );
    const crowded = [...new Set(workers.map(({ stream }) => stream))].flatMap((stream) => {
      const { maxConsumers = Number.POSITIVE_INFINITY } = stream.options;
      const names = workers
        .filter((one) => one.stream.name === stream.name)
        .map(({ name }) => name);
      const others = [...this.#consumers.keys()]
        .filter((key) => key.startsWith(`${stream.name} `))
        .map((key) => key.slice(stream.name.length + 1));
      const count = new Set([...names, ...others]).size;
      return count <= maxConsumers
        ? []
        : [`stream ${stream.name} allows ${maxConsumers} consumers, not ${count}`];
    });
    return [
      ...queues.map(
        ({ name, stream }) =>
          `worker '${name}': workqueue ${stream.name} is read from its first message, so startAt must be 'first'`,
      ),
      ...crowded,
    ];
  }

  #changeStream({ name, config }: Change): void {
    const settings = toStreamSettings({ ...config, name });
    const existing = this.#streams.get(name);
    existing?.made.update(settings, this.clock.now());
    if (existing === undefined) {
      const made = new MemoryStream(settings);
      this.#streams.set(name, { config, made });
      this.#timers.set(name, new ScheduleTimer(this.clock, made, () => this.#fire(made)));
    } else this.#streams.set(name, { config, made: existing.made });
  }

  #changeConsumer({ name, stream = '', config }: Change): void {
    const settings = toConsumerSettings({ ...config, durable_name: name });
    const key = consumerKey(stream, name);
    const existing = this.#consumers.get(key)?.made;
    existing?.update(settings);
    const made = existing ?? this.#makeConsumer(stream, settings);
    this.#consumers.set(key, { config, made });
  }

  async #changeTimetable({ name, config }: Change): Promise<void> {
    const timetable = config as unknown as Timetable;
    await this.store({ id: '', ...toTimetableMessage(name, timetable) });
    this.#timetables.set(name, timetable);
  }

  #makeConsumer(
    streamName: string,
    settings: ReturnType<typeof toConsumerSettings>,
  ): MemoryConsumer {
    const stream = (this.#streams.get(streamName) as Part<MemoryStream>).made;
    const consumer = new MemoryConsumer(stream, settings, this.clock, () => this.#moves++);
    stream.readers.add(consumer);
    return consumer;
  }

  #assertOpen(): void {
    if (this.#closed)
      throw new JetlaneError('CLOSED', 'this client is closed; memory() makes a new one');
  }
}

/** A message and where it is. */
type InStream = StoredMessage & { readonly stream: string };

/** A stream or consumer, and the configuration that the topology rules compare. */
interface Part<T> {
  readonly config: Fields;
  readonly made: T;
}

/** What JetStream takes of headers, whatever the payload may be. */
const HEADERS_MAX = 64 * 1024 - 1;

/** Messages stored before the event loop gets a turn: fewer than one delivers, so that workers keep up. */
const BURST_MAX = 64;

/** As long as a real server remembers that a message was tried for the last time. */
const CLAIM_WINDOW_MS = 86_400_000;

function assertFits(message: EncodedMessage, maxPayload: number): void {
  const bytes = wireBytes(message);
  if (bytes > maxPayload)
    throw new JetlaneError(
      'MESSAGE_TOO_LARGE',
      `a message on "${message.subject}" has ${bytes} bytes with its headers; at most ${maxPayload} fit: send less, or a reference to it`,
    );
  const headers = headerBytes(message.headers);
  if (headers > HEADERS_MAX)
    throw new JetlaneError(
      'MESSAGE_TOO_LARGE',
      `a message on "${message.subject}" has ${headers} bytes of headers; at most ${HEADERS_MAX} fit: put large values into the payload`,
    );
}
