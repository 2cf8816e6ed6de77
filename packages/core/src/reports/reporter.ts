import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../nats/connection.ts';
import {
  encodeReport,
  REPORT_SUBJECT,
  REPORT_VERSION,
  type WorkerRecord,
} from './process-report.ts';

/** Whom a reporter speaks for. */
export interface Reported {
  /** Undefined where nothing has a name. */
  app(): string | undefined;
  workers(): readonly WorkerRecord[];
}

/**
 * Answers whoever asks how the workers of one connection do: see `process-report.ts`. One subscription, and nothing is made before
 * somebody asks; at most twenty answers a second are, however many ask. Where the server does not allow it to listen, or to answer, it
 * is silent: nothing depends on it.
 */
export class Reporter {
  readonly #connection: Pick<Connection, 'subscribe' | 'maxPayload'>;
  readonly #id = randomUUID();
  #listens = false;
  #answer: Uint8Array = new Uint8Array();
  #freshUntilMs = Number.NEGATIVE_INFINITY;

  constructor(connection: Pick<Connection, 'subscribe' | 'maxPayload'>) {
    this.#connection = connection;
  }

  /** Listens from now on, until the connection is closed; called again, does nothing. */
  begin(reported: Reported): void {
    if (this.#listens) return;
    this.#listens = true;
    // The NATS client lets go of a subscription that was refused, and says so to nobody else.
    this.#connection.subscribe(
      REPORT_SUBJECT,
      (msg) => this.#tell(msg, reported),
      () => {},
    );
  }

  #tell(msg: Msg, reported: Reported): void {
    if (msg.reply === undefined || msg.reply === '') return;
    const nowMs = performance.now();
    if (nowMs >= this.#freshUntilMs) {
      this.#answer = this.#make(reported);
      this.#freshUntilMs = nowMs + FRESH_MS;
    }
    try {
      msg.respond(this.#answer);
    } catch {
      // The connection is closing: there is nobody to tell.
    }
  }

  #make({ app, workers }: Reported): Uint8Array {
    const report = {
      v: REPORT_VERSION,
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      app: app() ?? null,
      startedMs: Math.round(performance.timeOrigin),
      nowMs: Date.now(),
      workers: workers(),
      left: 0,
    } as const;
    return encodeReport(report, this.#connection.maxPayload);
  }
}

const FRESH_MS = 50;
