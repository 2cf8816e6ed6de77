import type { EncodedMessage } from '@jetlane/contracts';
import type { Bus, ConsumerState, PublishAck, Subscriber, Subscription, Topology } from '../bus.ts';
import { realClock } from '../clock.ts';
import { prepare } from '../topology/prepare.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { claim, unclaim } from './claim.ts';
import type { Connection } from './connection.ts';
import { Publisher, type WindowOptions } from './publisher.ts';
import { Puller } from './puller.ts';
import { consumerKeeper } from './restore-consumer.ts';

/** Settlements that the server has not seen after this long will not reach it on this connection. */
const FLUSH_MS = 2_000;

/** Carries messages through a nats-server. */
export class NatsBus implements Bus {
  readonly clock = realClock;
  readonly #connection: Connection;
  readonly #publisher: Publisher;
  readonly #topology: 'apply' | 'verify';

  constructor(
    connection: Connection,
    options: WindowOptions & { readonly topology: 'apply' | 'verify' },
  ) {
    this.#connection = connection;
    this.#topology = options.topology;
    this.#publisher = new Publisher(connection, options);
  }

  get maxPayload(): number {
    return this.#connection.nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  store(message: EncodedMessage): Promise<PublishAck> {
    return this.#publisher.store(message);
  }

  ready(): Promise<void> | undefined {
    return undefined;
  }

  claim(subject: string): Promise<boolean> {
    return claim(this.#connection, subject);
  }

  unclaim(subject: string): Promise<void> {
    return unclaim(this.#connection, subject);
  }

  prepare(topology: Topology): Promise<void> {
    return prepare(this.#connection, topology, this.#topology);
  }

  async subscribe(worker: WorkerSpec, subscriber: Subscriber): Promise<Subscription> {
    const stream = worker.stream.name;
    const keeper = consumerKeeper(this.#connection, worker);
    const puller = new Puller(
      this.#connection,
      { stream, durable: worker.name, restore: keeper.restore },
      subscriber,
    );
    return {
      release: (count) => puller.release(count),
      stop: async () => {
        keeper.stop();
        await puller.stop();
      },
      state: () => this.#state(stream, worker.name),
    };
  }

  async flush(): Promise<void> {
    if (this.#connection.connected) await withDeadline(this.#connection.nc.flush(), FLUSH_MS);
  }

  async close(): Promise<void> {
    await this.#publisher.drain();
    if (!this.#connection.connected) return this.#connection.nc.close();
    await withDeadline(this.#connection.nc.drain(), FLUSH_MS).catch(() => {});
    await this.#connection.nc.close();
  }

  async #state(stream: string, durable: string): Promise<ConsumerState> {
    const { num_pending, num_ack_pending, num_redelivered } =
      await this.#connection.jsm.consumers.info(stream, durable);
    return { lag: num_pending, ackPending: num_ack_pending, redelivered: num_redelivered };
  }
}

async function withDeadline(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
