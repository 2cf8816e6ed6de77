import {
  type Codec,
  type DecodeOptions,
  decodeMessage,
  JetlaneError,
  type Message,
} from '@jetlane/contracts';
import type { Clock } from '../clock.ts';
import { Turns } from '../turns.ts';
import { type Deadlines, deadlines } from './deadlines.ts';
import type { Job } from './job.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** What becomes of a job that was read. */
export interface ReadJob {
  read(job: Job, message: Message): void;
  /** Malformed, unknown or against its schema: it will never be readable. */
  unreadable(job: Job, error: unknown): void;
  /** Its schema took longer than the worker's timeout. */
  tooSlow(job: Job, error: JetlaneError): void;
}

/**
 * Turns the bytes of jobs into messages: at once, or later where a schema validates asynchronously. Where order counts
 * they are read one after the other, so that none overtakes. Every job ends in exactly one call of `then`.
 */
export class Reader {
  readonly #spec: WorkerSpec;
  readonly #options: DecodeOptions;
  readonly #then: ReadJob;
  readonly #turns = new Turns();
  readonly #late: Deadlines<SlowRead>;

  constructor(spec: WorkerSpec, codecs: readonly Codec[], clock: Clock, then: ReadJob) {
    this.#spec = spec;
    const { validate, limits } = spec;
    this.#options = { validate, limits, codecs };
    this.#then = then;
    this.#late = deadlines(spec.timeoutMs, clock, (read) => read.giveUp());
  }

  read(job: Job): void {
    if (this.#spec.laneOf === undefined) void this.#read(job);
    else if (this.#turns.busy) void this.#turns.take(() => this.#read(job));
    else {
      const reading = this.#read(job);
      if (reading !== undefined) void this.#turns.take(() => reading);
    }
  }

  stop(): void {
    this.#late.stop();
  }

  #read(job: Job): Promise<void> | undefined {
    try {
      const message = decodeMessage(this.#spec.catalog, job, this.#options);
      if (message instanceof Promise) return this.#readSlowly(job, message);
      this.#then.read(job, message);
    } catch (error) {
      this.#then.unreadable(job, error);
    }
    return undefined;
  }

  #readSlowly(job: Job, message: Promise<Message>): Promise<void> {
    return new Promise((resolve) => {
      let open = true;
      const end = (tell: () => void) => {
        if (!open) return;
        open = false;
        this.#late.end(slow);
        tell();
        resolve();
      };
      const slow = { giveUp: () => end(() => this.#then.tooSlow(job, this.#timeout())) };
      this.#late.begin(slow);
      message.then(
        (read) => end(() => this.#then.read(job, read)),
        (error: unknown) => end(() => this.#then.unreadable(job, error)),
      );
    });
  }

  #timeout(): JetlaneError {
    const { name, timeoutMs } = this.#spec;
    return new JetlaneError(
      'HANDLER_TIMEOUT',
      `a schema of worker '${name}' took longer than ${timeoutMs} ms to validate a message; raise 'timeout', or validate without waiting for others`,
    );
  }
}

interface SlowRead {
  giveUp(): void;
}
