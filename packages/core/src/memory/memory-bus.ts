/** The bus of one process: same rules as JetStream, nothing on disk, gone with the process. */
import { configInvalid, type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { Bus, PublishAck, Subscriber, Subscription, Topology } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { type ConsumerSettings, MemoryConsumer } from './memory-consumer.ts';
import { MemoryStream } from './memory-stream.ts';
import {
  consumerConflicts,
  deadLetterStreams,
  streamConflicts,
  unsupported,
  wantedConsumer,
  wantedStreams,
} from './memory-topology.ts';
import { Recent } from './recent.ts';
import { type StoredMessage, wireBytes } from './stored-message.ts';

/** A {@link Bus} in this process. */
export class MemoryBus implements Bus {
  readonly clock: Clock;
  readonly maxPayload = 1024 * 1024;
  readonly #streams = new Map<string, MemoryStream>();
  readonly #consumers = new Map<string, Map<string, MemoryConsumer>>();
  readonly #deadLetterStreams = new Set<string>();
  readonly #claims = new Recent<true>(CLAIM_WINDOW_MS);
  #order = 0;
  #moves = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Rises with every message that is stored, delivered or settled. */
  get moves(): number {
    return this.#moves;
  }

  /** Whether deliveries are about to be handed out. */
  get isMoving(): boolean {
    return this.#all().some((consumer) => consumer.isMoving);
  }

  /** Whether a running worker has messages to come, in hand, or waiting for their retry. */
  get isBusy(): boolean {
    return this.#all().some((consumer) => consumer.isBusy);
  }

  async store(message: EncodedMessage): Promise<PublishAck> {
    this.#assertOpen();
    const { subject } = message;
    const bytes = wireBytes(message);
    if (bytes > this.maxPayload)
      throw new JetlaneError(
        'MESSAGE_TOO_LARGE',
        `a message on "${subject}" has ${bytes} bytes with its headers; at most ${this.maxPayload} fit: send less, or a reference to it`,
      );
    const stream = this.#streamOf(subject);
    if (stream === undefined)
      throw new JetlaneError(
        'NO_STREAM',
        `no stream stores "${subject}": declare one that covers it, and start it before publishing`,
      );
    this.#moves++;
    return stream.store(message, this.clock.now(), this.#order++);
  }

  async claim(key: string): Promise<boolean> {
    const nowMs = this.clock.now();
    if (this.#claims.get(key, nowMs)) return false;
    this.#claims.set(key, true, nowMs);
    return true;
  }

  /** Creates and changes all that is declared, or nothing. */
  async prepare(topology: Topology): Promise<void> {
    this.#assertOpen();
    const { streams, workers } = topology;
    const missing = unsupported([...streams, ...workers.map(({ stream }) => stream)]);
    if (missing.length > 0) throw configInvalid('memory()', [...new Set(missing)]);
    const wanted = wantedStreams(topology);
    const problems = [
      ...streamConflicts(
        wanted,
        [...this.#streams.values()].map(({ settings }) => settings),
      ),
      ...wanted.flatMap((settings) =>
        consumerConflicts(
          settings,
          consumersOf(settings.name, workers),
          this.#settingsOf(settings.name),
        ),
      ),
    ];
    if (problems.length > 0)
      throw new JetlaneError(
        'TOPOLOGY_CONFLICT',
        `what is declared does not fit:${problems.map((problem) => `\n  - ${problem}`).join('')}`,
      );
    for (const settings of wanted) {
      const stream = this.#streams.get(settings.name);
      if (stream === undefined) this.#streams.set(settings.name, new MemoryStream(settings));
      else stream.update(settings, this.clock.now());
    }
    for (const name of deadLetterStreams(workers)) this.#deadLetterStreams.add(name);
    for (const worker of workers) this.#prepareConsumer(worker.stream.name, wantedConsumer(worker));
  }

  async subscribe({ name, stream }: WorkerSpec, subscriber: Subscriber): Promise<Subscription> {
    this.#assertOpen();
    const consumer = this.#consumers.get(stream.name)?.get(name);
    if (consumer === undefined)
      throw new JetlaneError(
        'STREAM_GONE',
        `durable ${name} on ${stream.name} does not exist: prepare it first`,
      );
    return consumer.subscribe(subscriber);
  }

  /** Settlements take effect at once. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    for (const consumer of this.#all()) consumer.stop();
  }

  /** What the declared streams hold, oldest first, dead letters apart. */
  stored(): (StoredMessage & { readonly stream: string })[] {
    return this.#everything((name) => !this.#deadLetterStreams.has(name));
  }

  /** What was given up on, oldest first. */
  deadLetters(): (StoredMessage & { readonly stream: string })[] {
    return this.#everything((name) => this.#deadLetterStreams.has(name));
  }

  #everything(
    isWanted: (name: string) => boolean,
  ): (StoredMessage & { readonly stream: string })[] {
    return [...this.#streams.values()]
      .filter(({ name }) => isWanted(name))
      .flatMap((stream) =>
        [...stream.messages(this.clock.now())].map((one) => ({ ...one, stream: stream.name })),
      )
      .sort((a, b) => a.order - b.order);
  }

  #streamOf(subject: string): MemoryStream | undefined {
    for (const stream of this.#streams.values()) if (stream.covers(subject)) return stream;
    return undefined;
  }

  #prepareConsumer(streamName: string, settings: ConsumerSettings): void {
    const stream = this.#streams.get(streamName) as MemoryStream;
    const consumers = this.#consumers.get(streamName) ?? new Map<string, MemoryConsumer>();
    this.#consumers.set(streamName, consumers);
    const existing = consumers.get(settings.name);
    if (existing !== undefined) {
      existing.update(settings);
      return;
    }
    const consumer = new MemoryConsumer(stream, settings, this.clock, () => this.#moves++);
    stream.readers.add(consumer);
    consumers.set(settings.name, consumer);
  }

  #settingsOf(streamName: string): ConsumerSettings[] {
    return [...(this.#consumers.get(streamName)?.values() ?? [])].map(({ settings }) => settings);
  }

  #all(): MemoryConsumer[] {
    return [...this.#consumers.values()].flatMap((consumers) => [...consumers.values()]);
  }

  #assertOpen(): void {
    if (this.#closed)
      throw new JetlaneError('CLOSED', 'this client is closed; memory() makes a new one');
  }
}

/** As long as a real server remembers that a message was tried for the last time. */
const CLAIM_WINDOW_MS = 86_400_000;

function consumersOf(streamName: string, workers: readonly WorkerSpec[]): ConsumerSettings[] {
  return workers.filter(({ stream }) => stream.name === streamName).map(wantedConsumer);
}
