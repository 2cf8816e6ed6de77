/** Asks the server once a second how the services' durables stand. */
import { connect } from '@nats-io/transport-node';
import { SERVICES, type ServiceName } from '../services/service-name.ts';

/** How one durable stands, by the server's own account. */
export interface ConsumerFigures {
  /** Stored and not acknowledged yet: waiting, or on its way. */
  readonly lag: number;
  readonly ackPending: number;
  /** The cap of `ackPending`. */
  readonly ackPendingMax: number;
  /** Everything up to this position was acknowledged, as of the answer before this one. */
  readonly settledSeq: number;
}

/** The watch. */
export interface ConsumerWatch {
  /** The last answers. */
  readonly figures: Readonly<Partial<Record<ServiceName, ConsumerFigures>>>;
  readonly serverVersion: string;
  /** Asks now; a consumer whose answer does not come keeps its last figures. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 1000;
const TIMEOUT_MS = 2000;

interface ConsumerInfo {
  readonly num_pending?: number;
  readonly num_ack_pending?: number;
  readonly ack_floor?: { readonly stream_seq?: number };
  readonly config?: { readonly max_ack_pending?: number };
}

interface QueueInfo {
  readonly state?: { readonly messages?: number };
  readonly sources?: readonly { readonly lag?: number }[];
}

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
  const figures: Partial<Record<ServiceName, ConsumerFigures>> = {};
  const floors = new Map<ServiceName, number>();
  /** A partitioned service reads a copy of the stream that holds what it has not settled, by a durable a partition. */
  async function askQueue(name: ServiceName): Promise<void> {
    const queue = `${streamName}-${name}`;
    const request = (subject: string) => connection.request(subject, '', { timeout: TIMEOUT_MS });
    const [stream, durables] = await Promise.all([
      request(`$JS.API.STREAM.INFO.${queue}`),
      request(`$JS.API.CONSUMER.LIST.${queue}`),
    ]);
    const { state, sources } = stream.json<QueueInfo>();
    if (state === undefined) return; // an error answer: not created yet
    const consumers = durables.json<{ consumers?: ConsumerInfo[] }>().consumers ?? [];
    const sum = (of: (info: ConsumerInfo) => number | undefined) =>
      consumers.reduce((total, info) => total + (of(info) ?? 0), 0);
    figures[name] = {
      lag: (state.messages ?? 0) + (sources?.[0]?.lag ?? 0),
      ackPending: sum((info) => info.num_ack_pending),
      ackPendingMax: sum((info) => info.config?.max_ack_pending),
      settledSeq: 0, // the queue counts by itself
    };
  }
  async function ask(name: ServiceName): Promise<void> {
    if (partitioned.includes(name)) return askQueue(name);
    const subject = `$JS.API.CONSUMER.INFO.${streamName}.${name}`;
    const answer = await connection.request(subject, '', { timeout: TIMEOUT_MS });
    const info = answer.json<ConsumerInfo>();
    if (info.config === undefined) return; // an error answer: not created yet
    const ackPending = info.num_ack_pending ?? 0;
    figures[name] = {
      lag: (info.num_pending ?? 0) + ackPending,
      ackPending,
      ackPendingMax: info.config.max_ack_pending ?? 0,
      settledSeq: floors.get(name) ?? 0,
    };
    floors.set(name, info.ack_floor?.stream_seq ?? 0);
  }
  /** It would fill up with what the next run publishes, and nobody to read it: every run begins with what is new. */
  const dropQueue = (name: ServiceName) =>
    connection.request(`$JS.API.STREAM.DELETE.${streamName}-${name}`, '', { timeout: TIMEOUT_MS });
  const refresh = async () => {
    await Promise.allSettled(SERVICES.map(ask));
  };
  const timer = setInterval(() => void refresh(), EVERY_MS);
  return {
    figures,
    serverVersion: connection.info?.version ?? 'unknown',
    refresh,
    async close() {
      clearInterval(timer);
      await Promise.allSettled(partitioned.map(dropQueue));
      await connection.close();
    },
  };
}
