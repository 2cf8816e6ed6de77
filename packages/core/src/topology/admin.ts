import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';

/** What administration needs of a connection. The manager's options decide domain and API prefix. */
export interface Admin {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
}
