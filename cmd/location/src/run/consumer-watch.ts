/** Asks the server once a second how the services' durables stand. */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { nowMs } from '../ledger/clock.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';

/** How one durable stands, by the server's own account. */
export interface ConsumerFigures {
  /** Stored and not acknowledged yet: waiting, or on its way. */
  readonly lag: number;
  readonly ackPending: number;
  /** The cap of `ackPending`. */
  readonly ackPendingMax: number;
}

/** How the stream stands, by the last answer or by its absence. */
export interface StreamStanding {
  /** Whether it answers. One with copies does where there is a server that leads it. */
  readonly answers: boolean;
  readonly copies: number;
}

/** The watch. */
export interface ConsumerWatch {
  /** The last answers. */
  readonly figures: Readonly<Partial<Record<ServiceName, ConsumerFigures>>>;
  /**
   * The highest position up to which the server had counted everything as acknowledged before this time, by the clock of the run; 0:
   * it was not asked that early. Times must not go back.
   */
  settledBefore(name: ServiceName, atMs: number): number;
  /** Dead letters that are there, by service; absent: none. */
  readonly deadLetters: Readonly<Partial<Record<ServiceName, number>>>;
  readonly serverVersion: string;
  readonly stream: StreamStanding;
  /** Asks now; a consumer whose answer does not come keeps its last figures. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 1000;
const TIMEOUT_MS = 2000;
/** A stream that does not answer for so long does not now. */
const STREAM_ANSWERS_MS = 1000;

interface ConsumerInfo {
  readonly num_pending?: number;
  readonly num_ack_pending?: number;
  readonly ack_floor?: { readonly stream_seq?: number };
  readonly config?: { readonly max_ack_pending?: number };
}

interface StreamInfo {
  readonly config?: { readonly num_replicas?: number };
  readonly cluster?: { readonly leader?: string };
}

interface QueueInfo {
  readonly state?: { readonly messages?: number };
  readonly sources?: readonly { readonly lag?: number }[];
}

interface LettersInfo {
  readonly state?: { readonly subjects?: Readonly<Record<string, number>> };
}

/** An answer, and when it came. */
interface Floor {
  readonly atMs: number;
  readonly seq: number;
}

const FLOORS_MAX = 600;

/** Where Jetlane keeps the dead letters of a stream: one subject for each worker. */
const LETTERS = 'DLQ';
const lettersOf = (streamName: string) => `_jl.dlq.${streamName}.`;

/** Connects beside Jetlane, because asking for figures must not wait behind messages. */
export async function watchConsumers(
  servers: readonly string[],
  streamName: string,
  partitioned: readonly ServiceName[] = [],
): Promise<ConsumerWatch> {
  const connection = await connect({
    servers: [...servers],
    name: 'location-figures',
    maxReconnectAttempts: -1,
  });
  return new Watch(connection, streamName, partitioned);
}

class Watch implements ConsumerWatch {
  readonly figures: Partial<Record<ServiceName, ConsumerFigures>> = {};
  readonly deadLetters: Partial<Record<ServiceName, number>> = {};
  readonly serverVersion: string;
  stream: StreamStanding = { answers: true, copies: 1 };
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #partitioned: readonly ServiceName[];
  /** What was answered when, oldest first; the first is the one that counted last. */
  readonly #floors: Record<ServiceName, Floor[]> = byService(() => [{ atMs: 0, seq: 0 }]);
  readonly #timer = setInterval(() => void this.refresh(), EVERY_MS);

  constructor(connection: NatsConnection, stream: string, partitioned: readonly ServiceName[]) {
    this.#connection = connection;
    this.#stream = stream;
    this.#partitioned = partitioned;
    this.serverVersion = connection.info?.version ?? 'unknown';
  }

  async refresh(): Promise<void> {
    await Promise.allSettled([
      ...SERVICES.map((name) => this.#ask(name)),
      this.#askLetters(),
      this.#askStream(),
    ]);
  }

  settledBefore(name: ServiceName, atMs: number): number {
    const floors = this.#floors[name];
    while ((floors[1]?.atMs ?? Number.POSITIVE_INFINITY) < atMs) floors.shift();
    return floors[0]?.seq ?? 0;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    // They would fill up with what the next run publishes, and nobody to read it: every run begins with what is new.
    await Promise.allSettled(
      this.#partitioned.map((name) => this.#request(`STREAM.DELETE.${this.#queue(name)}`)),
    );
    await this.#connection.close();
  }

  async #ask(name: ServiceName): Promise<void> {
    if (this.#partitioned.includes(name)) return this.#askQueue(name);
    const answer = await this.#request(`CONSUMER.INFO.${this.#stream}.${name}`);
    const info = answer.json<ConsumerInfo>();
    if (info.config === undefined) return; // an error answer: not created yet
    const ackPending = info.num_ack_pending ?? 0;
    this.figures[name] = {
      lag: (info.num_pending ?? 0) + ackPending,
      ackPending,
      ackPendingMax: info.config.max_ack_pending ?? 0,
    };
    this.#note(name, info.ack_floor?.stream_seq ?? 0);
  }

  /** A partitioned service reads a copy of the stream that holds what it has not settled, by a durable a partition. */
  async #askQueue(name: ServiceName): Promise<void> {
    const queue = this.#queue(name);
    const [stream, durables] = await Promise.all([
      this.#request(`STREAM.INFO.${queue}`),
      this.#request(`CONSUMER.LIST.${queue}`),
    ]);
    const { state, sources } = stream.json<QueueInfo>();
    if (state === undefined) return; // an error answer: not created yet
    const consumers = durables.json<{ consumers?: ConsumerInfo[] }>().consumers ?? [];
    const sum = (of: (info: ConsumerInfo) => number | undefined) =>
      consumers.reduce((total, info) => total + (of(info) ?? 0), 0);
    this.figures[name] = {
      lag: (state.messages ?? 0) + (sources?.[0]?.lag ?? 0),
      ackPending: sum((info) => info.num_ack_pending),
      ackPendingMax: sum((info) => info.config?.max_ack_pending),
    };
    if (state.messages) await this.#askFloor(name, queue);
  }

  /** What the queue holds is not settled, and it is in the order of the stream: everything before its first message is. */
  async #askFloor(name: ServiceName, queue: string): Promise<void> {
    const first = JSON.stringify({ seq: 1, next_by_subj: '>' });
    const copy = await this.#request(`DIRECT.GET.${queue}`, first);
    const [, origin] = (copy.headers?.get('Nats-Stream-Source') ?? '').split(' ');
    if (origin !== undefined) this.#note(name, Number(origin) - 1); // else settled meanwhile
  }

  /** Now, when the answer is here, is later than every acknowledgement that it counts. */
  #note(name: ServiceName, seq: number): void {
    const floors = this.#floors[name];
    floors.push({ atMs: nowMs(), seq });
    if (floors.length > FLOORS_MAX) floors.splice(1, 1); // its service says nothing
  }

  async #askStream(): Promise<void> {
    const info = await this.#request(`STREAM.INFO.${this.#stream}`, '', STREAM_ANSWERS_MS)
      .then((answer) => answer.json<StreamInfo>())
      .catch((): StreamInfo => ({}));
    const { config, cluster } = info;
    const answers = config !== undefined && (cluster === undefined || !!cluster.leader);
    this.stream = { answers, copies: config?.num_replicas ?? this.stream.copies };
  }

  async #askLetters(): Promise<void> {
    const root = lettersOf(this.#stream);
    const filter = JSON.stringify({ subjects_filter: `${root}*` });
    const { state } = (await this.#request(`STREAM.INFO.${LETTERS}`, filter)).json<LettersInfo>();
    for (const name of SERVICES) this.deadLetters[name] = state?.subjects?.[`${root}${name}`] ?? 0;
  }

  #queue(name: ServiceName): string {
    return `${this.#stream}-${name}`;
  }

  #request(call: string, payload = '', timeout = TIMEOUT_MS) {
    return this.#connection.request(`$JS.API.${call}`, payload, { timeout });
  }
}
