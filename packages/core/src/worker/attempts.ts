import {
  type EncodedMessage,
  encodeMessage,
  idGiven,
  isJetlaneError,
  isOutgoing,
  JetlaneError,
  type Message,
  type Outgoing,
} from '@jetlane/contracts';
import { awaitAll, handOver } from '../publish.ts';
import { RunContext } from './context.ts';
import { type Deadlines, deadlines } from './deadlines.ts';
import type { Outcome } from './decide.ts';
import type { HandlerSpec, Result } from './handler.ts';
import type { Surroundings } from './runner.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** One call of a handler. */
interface Run {
  readonly context: RunContext;
  readonly ended: (outcome: Outcome) => void;
}

const DONE: Outcome = { kind: 'done' };

/** The part of a worker that calls handlers and stores what they return. It knows nothing of delivery or settlement. */
export class Attempts {
  readonly #spec: WorkerSpec;
  readonly #around: Surroundings;
  readonly #running = new Set<Run>();
  readonly #late: Deadlines<Run>;

  constructor(spec: WorkerSpec, around: Surroundings) {
    this.#spec = spec;
    this.#around = around;
    this.#late = deadlines(spec.timeoutMs, around.bus.clock, (run) => this.#timeOut(run));
  }

  /** Calls the handler; `ended` is called exactly once, before this returns when everything is synchronous. */
  begin(
    handler: HandlerSpec,
    messages: readonly Message[],
    ended: (outcome: Outcome) => void,
  ): void {
    const run: Run = { context: new RunContext(this.#around.client), ended };
    this.#running.add(run);
    let result: ReturnType<HandlerSpec['handle']>;
    try {
      result = handler.handle(messages, run.context);
    } catch (error) {
      return this.#end(run, { kind: 'failed', error });
    }
    if (!isThenable(result)) return this.#returned(run, messages, result);
    this.#late.begin(run);
    Promise.resolve(result).then(
      (value) => this.#returned(run, messages, value),
      (error: unknown) => this.#end(run, { kind: 'failed', error }),
    );
  }

  /** Aborts every handler that still runs, and waits for none of them. */
  stop(reason: JetlaneError): void {
    for (const run of this.#running) run.context.abort(reason);
    this.#running.clear();
    this.#late.stop();
  }

  #end(run: Run, outcome: Outcome): void {
    if (!this.#running.delete(run)) return;
    this.#late.end(run);
    run.ended(outcome);
  }

  #timeOut(run: Run): void {
    const { name, timeoutMs } = this.#spec;
    const error = new JetlaneError(
      'HANDLER_TIMEOUT',
      `a handler of worker '${name}' ran longer than ${timeoutMs} ms; raise 'timeout', or pass context.signal on to what it awaits`,
    );
    run.context.abort(error);
    this.#end(run, { kind: 'failed', error });
  }

  #returned(run: Run, messages: readonly Message[], result: Result): void {
    // A handler that finishes after its timeout has lost its message: its results belong to nobody.
    if (!this.#running.has(run)) return;
    this.#late.end(run);
    if (result === undefined || result === null) return this.#end(run, DONE);
    const outgoing = Array.isArray(result) ? (result as readonly Outgoing[]) : [result as Outgoing];
    if (outgoing.length === 0) return this.#end(run, DONE);
    this.#publish(run, outgoing, messages).then(
      () => this.#end(run, DONE),
      (error: unknown) => this.#end(run, { kind: 'failed', error }),
    );
  }

  async #publish(
    run: Run,
    outgoing: readonly Outgoing[],
    messages: readonly Message[],
  ): Promise<void> {
    const { bus, codec, source } = this.#around;
    const [cause] = messages as readonly [Message];
    const { traceparent, tracestate, 'ce-correlationid': correlation } = cause.headers;
    const context = {
      codec,
      source,
      nowMs: bus.clock.now(),
      maxPayload: bus.maxPayload,
      correlationId: correlation ?? cause.id,
      causationId: cause.id,
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    };
    const encoded: EncodedMessage[] = [];
    for (const [index, message] of outgoing.entries()) {
      if (!isOutgoing(message)) throw this.#notAMessage(message);
      // A batch may be cut anew when it is redelivered: an id derived from its first message could then name another result.
      const derive = messages.length === 1 && !idGiven(message);
      const id = derive ? { id: `${cause.id}:${this.#spec.name}:${index}` } : undefined;
      encoded.push(await encodeMessage(message, { ...context, ...id }));
    }
    await this.#store(run, encoded);
  }

  /**
   * A broker that is away is no failure of the handler: what it returned is stored when the broker is back, and the handler
   * does not run again for it. The ids stay the same, so nothing is stored twice.
   */
  async #store(run: Run, encoded: readonly EncodedMessage[]): Promise<void> {
    for (;;) {
      try {
        await awaitAll(await handOver(this.#around.sink, encoded));
        return;
      } catch (error) {
        if (!isJetlaneError(error, 'PUBLISH_TIMEOUT') || !this.#running.has(run)) throw error;
      }
    }
  }

  #notAMessage(value: unknown): JetlaneError {
    return new JetlaneError(
      'HANDLER_FAILED',
      `a handler of worker '${this.#spec.name}' returned ${value === null ? 'null' : typeof value}; return messages made by an event or command, or nothing`,
    );
  }
}

function isThenable(result: unknown): result is Promise<Result> {
  return typeof (result as { then?: unknown } | undefined)?.then === 'function';
}
