/**
 * The boundary to the NATS client. A callback that throws there ends the client's reader for good, and a refused
 * subscription calls back with an empty message: so all listening goes through `subscribe`, which lets neither through.
 */
import { JetlaneError } from '@jetlane/contracts';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { diagnostics } from '../diagnostics.ts';
import { within } from '../within.ts';
import { type AckWriter, ackWriter } from './ack-writer.ts';
import { inboxDenied } from './check-server.ts';
import { OwnReader } from './own-reader.ts';

/** An open connection with JetStream behind it. */
export interface Connection {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Prefix of the JetStream API: `$JS.API`, or that of a domain. */
  readonly apiPrefix: string;
  /** False between a lost connection and the next one, and after the last. */
  readonly connected: boolean;
  /** Largest payload plus headers in bytes, as the server said last. */
  readonly maxPayload: number;
  /** Writes acknowledgements together; undefined where each is written by itself. */
  readonly acks?: AckWriter | undefined;
  /** A subject that nobody else listens on, under the prefix that the options name. */
  newInbox(): string;
  /**
   * Listens on a subject. What `onMessage` throws becomes a warning of this process. `onRefused` hears when the server
   * does not allow it: nothing will ever arrive on this subscription.
   */
  subscribe(
    subject: string,
    onMessage: (msg: Msg) => void,
    onRefused: (error: JetlaneError) => void,
  ): Listening;
  /**
   * Asks the server for a sign of life. When none comes within two seconds (it is frozen, or the network is gone without a
   * word) the connection is dropped and dialled anew, another server first. Asked again meanwhile, does nothing.
   */
  probe(): Promise<void>;
  /** Calls back whenever the connection is lost or comes back; the result ends it. */
  onChange(listener: (connected: boolean) => void): () => void;
  /** Calls back with what the server reports about this connection, such as a refused subject. */
  onServerError(listener: (error: Error) => void): () => void;
  /** Calls back when the connection has ended for good, which only raw options of the NATS client can bring about. */
  onEnd(listener: (error: JetlaneError) => void): () => void;
}

/** A subscription, as far as it is needed. */
export interface Listening {
  /** Asks for no more; resolves when all that was sent before has arrived. */
  drain(): Promise<void>;
  unsubscribe(): void;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly apiPrefix: string;
  readonly inboxPrefix: string | undefined;
  /** Called whenever the connection came back. */
  readonly restored: () => void;
  /** Called with the address of a server that gave no sign of life, before another is dialled. */
  readonly silent: (server: string) => void;
}

const PROBE_MS = 2_000;

/** A connection that tells how it is. */
export class LiveConnection implements Connection {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly apiPrefix: string;
  readonly acks: AckWriter | undefined;
  /** Reads what comes for `subscribe`; undefined where the client does. */
  readonly #reader: OwnReader | undefined;
  readonly #inboxPrefix: string | undefined;
  readonly #restored: () => void;
  readonly #silent: (server: string) => void;
  readonly #changes = new Set<(connected: boolean) => void>();
  readonly #errors = new Set<(error: Error) => void>();
  readonly #ends = new Set<(error: JetlaneError) => void>();
  #up = true;
  #probing = false;
  #maxPayload: number;

  constructor({ nc, js, jsm, apiPrefix, inboxPrefix, restored, silent }: ConnectionParts) {
    this.nc = nc;
    this.js = js;
    this.jsm = jsm;
    this.apiPrefix = apiPrefix;
    this.acks = ackWriter(nc);
    this.#reader = OwnReader.of(nc);
    this.#inboxPrefix = inboxPrefix;
    this.#restored = restored;
    this.#silent = silent;
    this.#maxPayload = nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
    void this.#follow();
    void nc.closed().then((reason) => this.#end(reason ?? undefined));
  }

  get connected(): boolean {
    return this.#up && !this.nc.isClosed() && !this.nc.isDraining();
  }

  get maxPayload(): number {
    // While it reconnects the client knows nothing of a server.
    this.#maxPayload = this.nc.info?.max_payload ?? this.#maxPayload;
    return this.#maxPayload;
  }

  newInbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  subscribe(
    subject: string,
    onMessage: (msg: Msg) => void,
    onRefused: (error: JetlaneError) => void,
  ): Listening {
    const take = (msg: Msg) => call(onMessage, msg);
    const subscription = this.nc.subscribe(subject, {
      callback: (error, msg) => {
        if (error === null) take(msg);
        else call(onRefused, inboxDenied(subject, error));
      },
    });
    this.#reader?.take(subscription, take);
    return subscription;
  }

  async probe(): Promise<void> {
    if (this.#probing || !this.connected) return;
    this.#probing = true;
    try {
      let answered = false;
      const answer = this.nc.flush().then(() => {
        answered = true;
      });
      await within(PROBE_MS, answer);
      // Where this process itself stood still, the answer may have come and not been read.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      if (answered || !this.connected) return;
      this.#silent(this.nc.getServer());
      drop(this.nc);
    } finally {
      this.#probing = false;
    }
  }

  onChange(listener: (connected: boolean) => void): () => void {
    return keep(this.#changes, listener);
  }

  onServerError(listener: (error: Error) => void): () => void {
    return keep(this.#errors, listener);
  }

  onEnd(listener: (error: JetlaneError) => void): () => void {
    return keep(this.#ends, listener);
  }

  async #follow(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') this.#change(false, status.server);
      else if (status.type === 'reconnect') {
        this.#reader?.follow();
        this.#restored();
        this.#change(true, status.server);
      } else if (status.type === 'error') tell(this.#errors, status.error);
    }
  }

  #change(up: boolean, server: string): void {
    if (this.#up === up) return;
    this.#up = up;
    if (diagnostics.reconnect.hasSubscribers)
      diagnostics.reconnect.publish({ connected: up, server });
    tell(this.#changes, up);
  }

  #end(reason: Error | undefined): void {
    this.#up = false;
    tell(this.#ends, ended(reason));
  }
}

/**
 * Drops a connection that is dead, so that the client dials anew. Its own `reconnect()` first waits until all that was
 * written has left this process, which a frozen server never takes: so its transport is closed, where that can be reached.
 */
function drop(nc: NatsConnection): void {
  const { protocol } = nc as { readonly protocol?: { readonly transport?: Transport } };
  const closing = protocol?.transport?.close?.(new Error('the server gave no sign of life'));
  (closing ?? nc.reconnect()).catch(() => {});
}

/** What is needed of the inside of the NATS client. */
interface Transport {
  close?(error: Error): Promise<void>;
}

function keep<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
  for (const listener of [...listeners]) call(listener, value);
}

/** Lets nothing out. What is thrown here is a defect of ours, and must be seen. */
function call<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}

function ended(cause: Error | undefined): JetlaneError {
  return new JetlaneError(
    'CONNECTION_LOST',
    `the connection has ended for good${cause === undefined ? '' : ` (${cause.message})`}: the raw 'nats' options limit reconnecting; connect() makes a new one`,
    { cause },
  );
}
