/** A connection of the NATS client, as far as a puller uses it, over a line that breaks. */
import type { Puller } from '@jetlane/core/internals';
import type { Arrival, FakeServer } from './fake-server.ts';
import type { Link } from './link.ts';
import type { Actor, Timeline } from './timeline.ts';

/** What {@link Puller} takes. */
export type PullerConnection = ConstructorParameters<typeof Puller>[0];

/** Hears of everything that a process settles, when it does: the position in the stream, and how. */
export type Overhear = (seq: number, verb: string) => void;

const API_MS = 5_000;
const PROBE_MS = 2_000;
const REDIAL_MS = 100;

/** See the head of this file. */
export class FakeConnection {
  readonly apiPrefix = '$JS.API';
  readonly maxPayload = 1_048_576;
  readonly link: Link;
  readonly #name: string;
  readonly #server: FakeServer;
  readonly #timeline: Timeline;
  readonly #actor: Actor;
  readonly #overhear: Overhear;
  readonly #listeners = new Map<string, (arrival: Arrival) => void>();
  #inboxes = 0;
  #probing = false;
  readonly jsm = {
    consumers: {
      info: async (_stream: string, durable: string) => {
        const look = () => this.#server.consumerOf(durable)?.standing;
        const standing = await this.ask(look, API_MS);
        if (standing === undefined) throw new Error('no answer');
        const { ackPending, pin } = standing;
        return {
          num_ack_pending: this.hidesPending ? 0 : ackPending,
          priority_groups: [{ pinned_client_id: pin }],
        };
      },
    },
  };
  /** A look at a consumer tells of nothing that it waits for. */
  hidesPending = false;
  readonly nc = {
    publish: (subject: string, data: string | Uint8Array, options?: { reply?: string }) =>
      this.#publish(subject, data, options?.reply),
    request: (subject: string, data: Uint8Array, { timeout }: { timeout: number }) =>
      this.#request(subject, data, timeout),
  };

  constructor(
    name: string,
    link: Link,
    server: FakeServer,
    timeline: Timeline,
    actor: Actor,
    overhear: Overhear,
  ) {
    this.#name = name;
    this.link = link;
    this.#server = server;
    this.#timeline = timeline;
    this.#actor = actor;
    this.#overhear = overhear;
  }

  get connected(): boolean {
    return this.link.up;
  }

  newInbox(): string {
    return `_INBOX.${this.#name}-${this.#inboxes++}`;
  }

  /** For what is written against the real thing. */
  asConnection(): PullerConnection {
    return this as unknown as PullerConnection;
  }

  subscribe(subject: string, onMessage: (msg: unknown) => void) {
    const inbox = subject.replace(/\.\*$/, '');
    this.#listeners.set(inbox, (arrival) => onMessage(this.#toMsg(arrival)));
    const leave = (then: () => void) =>
      this.link.toServer((session) => {
        this.#server.forget(inbox);
        this.link.toProcess(session, then);
      });
    return {
      drain: () =>
        new Promise<void>((resolve) => {
          leave(() => {
            this.#listeners.delete(inbox);
            resolve();
          });
        }),
      unsubscribe: () => {
        this.#listeners.delete(inbox);
        leave(() => {});
      },
    };
  }

  onChange(listener: (connected: boolean) => void): () => void {
    return this.link.onChange(listener);
  }

  /** A line that carries nothing is dropped, and dialled anew. */
  async probe(): Promise<void> {
    if (!this.connected || this.#probing) return;
    this.#probing = true;
    const alive = await this.ask(() => true, PROBE_MS);
    this.#probing = false;
    if (alive === undefined) this.link.drop(REDIAL_MS);
  }

  onServerError(): () => void {
    return () => {};
  }

  onEnd(): () => void {
    return () => {};
  }

  /** Something arrived for this process. */
  arrive(arrival: Arrival): void {
    const { to } = arrival;
    const inbox = to.slice(0, to.lastIndexOf('.'));
    const listener = this.#listeners.get(inbox) ?? this.#listeners.get(to);
    listener?.(arrival);
  }

  /** Asks the server something; undefined after `timeoutMs`, and where the server does not answer. */
  ask<T>(question: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#timeline.after(timeoutMs, () => resolve(undefined), this.#actor);
      this.link.toServer((session) => {
        const answer = question();
        if (answer === undefined) return;
        this.link.toProcess(session, () => {
          cancel();
          resolve(answer);
        });
      });
    });
  }

  #publish(subject: string, data: string | Uint8Array, reply?: string): void {
    if (this.#actor.dead) return;
    const text = typeof data === 'string' ? data : Buffer.from(data).toString();
    if (subject.startsWith('$JS.ACK.')) this.#overhear(this.#server.seqOf(subject), text);
    this.link.toServer((session) => this.#server.receive(this.link, session, subject, text, reply));
  }

  #request(subject: string, data: Uint8Array, timeoutMs: number): Promise<void> {
    const inbox = `_REQUEST${this.newInbox()}`;
    return new Promise((resolve, reject) => {
      const cancel = this.#timeline.after(
        timeoutMs,
        () => {
          this.#listeners.delete(inbox);
          reject(new Error('no answer'));
        },
        this.#actor,
      );
      this.#listeners.set(inbox, () => {
        this.#listeners.delete(inbox);
        cancel();
        resolve();
      });
      this.#publish(subject, data, inbox);
    });
  }

  #toMsg({ subject, reply, payload, headers, code, description }: Arrival) {
    return {
      subject,
      reply,
      data: payload,
      headers: {
        code,
        description,
        get: (name: string) => headers[name] ?? '',
        values: (name: string) => (Object.hasOwn(headers, name) ? [headers[name] as string] : []),
        *[Symbol.iterator]() {
          for (const [name, value] of Object.entries(headers)) yield [name, [value]];
        },
      },
      respond: (data: Uint8Array) => {
        if (reply !== undefined) this.#publish(reply, data);
      },
    };
  }
}
