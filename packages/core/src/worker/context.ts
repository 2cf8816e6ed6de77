import { type Duration, toMs } from '@jetlane/contracts';
import type { Client } from '../client.ts';
import type { Context } from './handler.ts';
import { Rejected, RetryLater } from './signals.ts';

/** The context of one handler call. The abort signal is made only for handlers that ask for it. */
export class RunContext implements Context<unknown> {
  readonly client: Client;
  /** Undefined without an inbox. */
  tx: unknown;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(client: Client) {
    this.client = client;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    return this.#controller.signal;
  }

  reject(reason: string): never {
    throw new Rejected(reason);
  }

  retry(delay: Duration, reason = `asked to be retried after ${delay}`): never {
    throw new RetryLater(toMs(delay), reason);
  }

  abort(reason: Error): void {
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }
}
