import type { Client, Duration, WindowRange } from '@jetlane/core';

/** What the conformance suite needs to know about an implementation. */
export interface ConformanceHarness {
  /** Shown in the report: `'nats'`. */
  readonly name: string;
  /** `'full'`: the sizes that the suite is meant for; `'small'` where seconds count. */
  readonly size: 'small' | 'full';
  /**
   * Whether `World.client()` gives as many independent clients as it is asked for, as several processes would be, or
   * always the same one. Scenarios that need several are then skipped, with the reason.
   */
  readonly clients: 'many' | 'one';
  /** Whether `World.restart()` works. */
  readonly restarts: boolean;
  /** Opens a world for one scenario. Worlds may share a server: each scenario has streams and subjects of its own. */
  open(): Promise<World>;
}

/** Where one scenario takes place. */
export interface World {
  /** A client; a new one where the harness has many. */
  client(options?: WorldClientOptions): Promise<Client>;
  /** Stores bytes on a subject as they are, as a publisher that knows nothing of Jetlane would. */
  inject(
    subject: string,
    payload: Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** All dead letters of all streams, oldest first; those of other worlds may be among them. */
  deadLetters(): Promise<readonly WorldDeadLetter[]>;
  /** Ends the server as a crash would and starts it again on the same store; resolves when it is ready. */
  restart?(): Promise<void>;
  /** Closes all clients that are still open. */
  close(): Promise<void>;
}

/** What a scenario may ask of a client. */
export interface WorldClientOptions {
  /** Default: the client's own. */
  readonly publishTimeout?: Duration;
  /** Default: the client's own. */
  readonly maxInFlight?: number | WindowRange;
  /** Default false. */
  readonly ordered?: boolean;
}

/** A dead letter as it is stored. */
export interface WorldDeadLetter {
  readonly stream: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}
