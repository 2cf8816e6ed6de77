import type { WorldDeadLetter } from '@jetlane/testing';
import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/nats-core';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** A server that is given 10,000 messages at once by one scenario lets another wait longer than the client's own 5 s. */
const TIMEOUT_MS = 30_000;

/** Looks at a server, and writes to it, without Jetlane. */
export class NatsProbe {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  /** Read so far, by stream: records never change. */
  readonly #letters = new Map<string, { last: number; found: WorldDeadLetter[] }>();

  #reading: Promise<readonly WorldDeadLetter[]> = Promise.resolve([]);

  private constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.#connection = connection;
    this.#manager = manager;
    this.#client = jetstream(connection, { timeout: TIMEOUT_MS });
  }

  static async open(servers: string): Promise<NatsProbe> {
    const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    return new NatsProbe(connection, await jetstreamManager(connection, { timeout: TIMEOUT_MS }));
  }

  async inject(
    subject: string,
    payload: Uint8Array,
    given: Readonly<Record<string, string>>,
  ): Promise<void> {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    await this.#client.publish(subject, payload, { headers });
  }

  /** Every dead letter of every stream. One reading at a time, so that none is read twice. */
  deadLetters(): Promise<readonly WorldDeadLetter[]> {
    this.#reading = this.#reading.then(() => this.#readAll());
    return this.#reading;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #readAll(): Promise<readonly WorldDeadLetter[]> {
    const streams = await this.#manager.streams.list('_jl.>').next();
    for (const { config, state } of streams)
      if (config.subjects.some((subject) => /^_jl\.dlq[.-]/.test(subject)))
        await this.#read(config.name, state.last_seq);
    return [...this.#letters.values()].flatMap(({ found }) => found);
  }

  async #read(stream: string, last: number): Promise<void> {
    const known = this.#letters.get(stream) ?? { last: 0, found: [] };
    this.#letters.set(stream, known);
    while (known.last < last) {
      const message = await this.#manager.streams.getMessage(stream, { seq: known.last + 1 });
      known.last++;
      if (message === null || !message.subject.startsWith('_jl.dlq')) continue;
      const headers = Object.fromEntries(
        [...message.header].map(([name, values]) => [name, values.at(-1) ?? '']),
      );
      known.found.push({ stream, subject: message.subject, headers, payload: message.data });
    }
  }
}
