import {
  type Catalog,
  catalog,
  configInvalid,
  type Duration,
  decodeMessage,
  defaultLimits,
  JetlaneError,
  type Message,
  msgpack,
  type RawMessage,
  type Runnable,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import { collect } from '../app.ts';
import type { PublishAck } from '../bus.ts';
import { type Client, createClient } from '../client.ts';
import { realClock } from '../clock.ts';
import { type DeadLetters, deadLettersIn } from '../dead-letters/dead-letters.ts';
import { shown } from '../printed.ts';
import { WRITE_OPTIONS, type WriteOptions, writeProblems } from '../write-options.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryBus } from './memory-bus.ts';
import { memoryLetters } from './memory-letters.ts';
import { Quiet } from './quiet.ts';
import type { StoredMessage } from './stored-message.ts';

/**
 * How to make an in-process client. The options of publishing are checked as `connect()` does and change nothing: what is
 * published is stored at once, in order.
 */
export interface MemoryOptions extends WriteOptions {
  /** `'real'` for programs; `'manual'` for tests, which move time with `advance`. Default `'real'`. */
  clock?: 'real' | 'manual';
}

/** A message that a worker gave up on, as the dead letter stream keeps it. */
export interface MemoryDeadLetter {
  /** The stream that keeps it. */
  readonly stream: string;
  /** `_jl.dlq.<STREAM>.<durable>`, or under the root of the worker's own dead letter stream. */
  readonly subject: string;
  /** The original headers without `Nats-*`, and `jl-*`: reason, error, attempts, stream, sequence and more. */
  readonly headers: Readonly<Record<string, string>>;
  /** The original bytes. */
  readonly payload: Uint8Array;
}

/** A client without a server; made by {@link memory}. */
export interface MemoryClient extends Client {
  /**
   * What the declared streams hold, oldest first, dead letters apart. What this process cannot read has its bytes as
   * `data`.
   */
  readonly stored: readonly Message[];
  /**
   * What workers gave up on: as every client has it, and, oldest first, the records of all dead letter streams as they
   * were when this was read.
   */
  readonly deadLetters: readonly MemoryDeadLetter[] & DeadLetters;
  /**
   * Resolves when nothing is left to handle. With the real clock that includes messages that wait for their retry; with
   * the manual one it does not: they wait for `advance`. Messages for which no worker runs do not count.
   */
  idle(): Promise<void>;
  /**
   * Moves the manual clock, running whatever falls due, in order, and waits for the handlers that it sets off. A
   * handler that goes on for 100 ms of real time with nothing to show is taken to be waiting for the clock.
   *
   * @throws JetlaneError `CONFIG_INVALID` with the real clock
   */
  advance(by: Duration): Promise<void>;
  /**
   * Stores bytes as they are, as a publisher that knows nothing of Jetlane would.
   *
   * @throws JetlaneError `NO_STREAM`, `STREAM_FULL`, `MESSAGE_TOO_LARGE`, `CLOSED`
   */
  inject(
    subject: string,
    payload: Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): Promise<PublishAck>;
}

/**
 * A client without a server: same behaviour, in this process, nothing on disk. For monoliths with the real clock
 * (default); for tests with the manual one, which `advance` moves. Each call makes a world of its own. Mirrors, sources
 * and subject transforms need a server; raw `jetstream` options do nothing here.
 *
 * @throws JetlaneError `CONFIG_INVALID` for options that are none
 * @example
 * const client = memory({ clock: 'manual' });
 * await client.start(billing);
 * await client.publish(OrderPlaced({ orderId: 'o-1', total: 42 }));
 * await client.idle();
 * await client.advance('30s');
 */
export function memory(options: MemoryOptions = {}): MemoryClient {
  assertOptions(options);
  const { clock = 'real' } = options;
  const manual = clock === 'manual' ? new ManualClock() : undefined;
  const bus = new MemoryBus(manual ?? realClock);
  const letters = deadLettersIn(memoryLetters(bus));
  const client = createClient(bus, {
    codec: msgpack,
    source: undefined,
    deadLetters: letters,
    setPause: async (which, forMs) => bus.pause(which, forMs),
  });
  const quiet = new Quiet(bus, () => client.workers);
  const catalogs = new Map<string, Catalog>();

  return {
    get workers() {
      return client.workers;
    },
    get publishing() {
      return client.publishing;
    },
    publish: client.publish.bind(client) as Client['publish'],
    publishAll: (source, options) => client.publishAll(source, options),
    cancel: (message) => client.cancel(message),
    kv: (bucket) => client.kv(bucket),
    pause: (worker, pause) => client.pause(worker, pause),
    resume: (worker, pause) => client.resume(worker, pause),
    close: (options) => client.close(options),
    [Symbol.asyncDispose]: () => client.close(),
    async start(...parts: readonly Runnable[]) {
      await client.start(...parts);
      for (const { name, messages } of collect(parts).streams)
        catalogs.set(name, catalog(messages));
    },
    get stored() {
      return bus.stored().map((message) => read(catalogs.get(message.stream), message));
    },
    get deadLetters() {
      const records = bus
        .deadLetters()
        .map(({ stream, subject, headers, payload }) => ({ stream, subject, headers, payload }));
      return withMethods(records, letters);
    },
    idle: () => (manual === undefined ? quiet.untilDone() : quiet.untilStill()),
    async advance(by) {
      if (manual === undefined)
        throw new JetlaneError(
          'CONFIG_INVALID',
          "advance() moves the manual clock: use memory({ clock: 'manual' })",
        );
      const untilMs = manual.now() + toMs(by);
      do await quiet.untilStill(GRACE_MS);
      while (manual.step(untilMs));
      await quiet.untilStill(GRACE_MS);
    },
    inject: (subject, payload, headers = {}) =>
      bus.store({ id: headers['Nats-Msg-Id'] ?? '', subject, payload, headers }),
  };
}

/** How long, in real time, a handler may go on with nothing to show before `advance` goes on without it. */
const GRACE_MS = 100;

function assertOptions(options: MemoryOptions): void {
  if (typeof options !== 'object' || options === null)
    throw configInvalid('memory()', [`its options must be an object, not ${shown(options)}`]);
  const known = ['clock', ...WRITE_OPTIONS] satisfies (keyof MemoryOptions)[];
  const problems = [...unknownOptions(options, known), ...writeProblems(options)];
  const { clock } = options;
  if (clock !== undefined && clock !== 'real' && clock !== 'manual')
    problems.push(`clock must be 'real' or 'manual', not ${shown(clock)}`);
  if (problems.length > 0) throw configInvalid('memory()', problems);
}

/** As properties that are not enumerable, so that the list looks like any other. */
function withMethods<Item>(records: Item[], letters: DeadLetters): Item[] & DeadLetters {
  for (const [name, value] of Object.entries(letters))
    Object.defineProperty(records, name, { value, enumerable: false });
  return records as Item[] & DeadLetters;
}

function read(known: Catalog | undefined, message: StoredMessage): Message {
  const raw = new StoredRaw(message);
  try {
    const decoded = decodeMessage(known ?? catalog([]), raw, {
      validate: 'foreign',
      limits: defaultLimits,
    });
    if (!(decoded instanceof Promise)) return decoded;
    decoded.catch(() => {});
  } catch {
    // Shown as it is, below.
  }
  return unread(message);
}

function unread({ seq, subject, headers, payload, timeMs }: StoredMessage): Message {
  return {
    id: headers['ce-id'] ?? headers['Nats-Msg-Id'] ?? `${subject}:${seq}`,
    type: headers['ce-type'] ?? '',
    data: payload,
    params: {},
    subject,
    headers,
    seq,
    attempt: 1,
    time: new Date(timeMs),
  };
}

class StoredRaw implements RawMessage {
  readonly attempt = 1;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly seq: number;
  readonly timeMs: number;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ subject, payload, seq, timeMs, headers }: StoredMessage) {
    this.subject = subject;
    this.payload = payload;
    this.seq = seq;
    this.timeMs = timeMs;
    this.#headers = headers;
  }

  header(name: string): string | undefined {
    return Object.hasOwn(this.#headers, name) ? this.#headers[name] : undefined;
  }

  headers(): Record<string, string> {
    return { ...this.#headers };
  }
}
