import {
  type EncodedMessage,
  isJetlaneError,
  JetlaneError,
  type Message,
  type Outgoing,
} from '@jetlane/contracts';
import { diagnostics } from '../diagnostics.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { awaitAll, handOver } from '../publish.ts';
import { RunContext } from './context.ts';
import { type Deadlines, deadlines } from './deadlines.ts';
import type { Outcome } from './decide.ts';
import { encodeResults } from './encode-results.ts';
import type { HandlerSpec, Result } from './handler.ts';
import { inboxId } from './inbox-id.ts';
import type { Surroundings } from './runner.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** Who has a handler called. */
export interface Caller {
  /** Told exactly once how it ended: before `begin` returns when everything is synchronous. */
  ended(outcome: Outcome): void;
  /** With an inbox, asked right before the handler's effects are committed. */
  isLost(): boolean;
}

/** One call of a handler. */
interface Run {
  readonly context: RunContext;
  readonly caller: Caller;
}

/** What is to be handled once. */
interface Work {
  readonly handler: HandlerSpec;
  readonly messages: readonly Message[];
}

const DONE: Outcome = { kind: 'done', endedMs: undefined };

/** The part of a worker that calls handlers and stores what they return. It knows nothing of delivery or settlement. */
export class Attempts {
  readonly #spec: WorkerSpec;
  readonly #around: Surroundings;
  readonly #running = new Set<Run>();
  readonly #late: Deadlines<Run>;
  /** When a handler was last seen to return, where somebody looked. */
  #returnedMs: number | undefined;

  constructor(spec: WorkerSpec, around: Surroundings) {
    this.#spec = spec;
    this.#around = around;
    this.#late = deadlines(spec.timeoutMs, around.bus.clock, (run) => this.#timeOut(run));
  }

  /**
   * Calls the handler. With an inbox it is called for what is new only. One that returns nothing, and no promise, is over when this
   * returns: it is never among those that run, and has no deadline.
   */
  begin(handler: HandlerSpec, messages: readonly Message[], caller: Caller): void {
    const context = new RunContext(this.#around.client);
    if (this.#around.inbox !== undefined) {
      const run = this.#keep(context, caller);
      void this.#beginOnce(run, this.#around.inbox, { handler, messages });
      return;
    }
    let result: ReturnType<HandlerSpec['handle']>;
    try {
      result = this.#handle(handler, messages, context);
    } catch (error) {
      return caller.ended({ kind: 'failed', error });
    }
    if (result === undefined || result === null)
      return caller.ended({ kind: 'done', endedMs: this.#returnedMs });
    const run = this.#keep(context, caller);
    if (!isThenable(result)) return this.#returned(run, messages, result);
    this.#late.begin(run);
    Promise.resolve(result).then(
      (value) => this.#returned(run, messages, value),
      (error: unknown) => this.#end(run, { kind: 'failed', error }),
    );
  }

  #keep(context: RunContext, caller: Caller): Run {
    const run = { context, caller };
    this.#running.add(run);
    return run;
  }

  /** Aborts every handler that still runs, and waits for none of them. */
  stop(reason: JetlaneError): void {
    for (const run of this.#running) run.context.abort(reason);
    this.#running.clear();
    this.#late.stop();
  }

  /** Whatever else it does, what it did before its first await is over: the watchdog may ask how long that took. */
  #handle(handler: HandlerSpec, messages: readonly Message[], context: RunContext) {
    try {
      return handler.handle(messages, context);
    } finally {
      const { watchdog } = this.#around;
      if (watchdog !== undefined) this.#returnedMs = watchdog.returned(this.#spec.name, messages);
    }
  }

  #end(run: Run, outcome: Outcome): void {
    if (!this.#running.delete(run)) return;
    this.#late.end(run);
    run.caller.ended(outcome);
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
    const outgoing = toList(result);
    if (outgoing.length === 0) return this.#end(run, DONE);
    encodeResults(outgoing, messages, this.#spec, this.#around)
      .then((encoded) => this.#store(run, encoded))
      .then(
        () => this.#end(run, DONE),
        (error: unknown) => this.#end(run, { kind: 'failed', error }),
      );
  }

  /** The handler's effects and what it returned are committed together; then what was recorded is published. */
  async #beginOnce(run: Run, inbox: Inbox<unknown>, { handler, messages }: Work) {
    const byId = new Map(messages.map((message) => [inboxId(this.#spec, message), message]));
    const ids = [...byId.keys()];
    const work = async (tx: unknown, fresh: ReadonlySet<string>) => {
      this.#assertOurs(run, ids, false);
      const left = ids.filter((id) => fresh.has(id)).map((id) => byId.get(id) as Message);
      run.context.tx = tx;
      this.#late.begin(run);
      const result = await this.#handle(handler, left, run.context);
      this.#late.end(run);
      const encoded = await encodeResults(toList(result), left, this.#spec, this.#around);
      this.#assertOurs(run, ids, run.caller.isLost());
      return encoded;
    };
    try {
      const recorded = await inbox.once(ids, work, run.context.signal);
      if (recorded.length > 0) await this.#store(run, recorded);
      this.#end(run, DONE);
    } catch (error) {
      this.#end(run, { kind: 'failed', error });
    }
  }

  /** Whoever may have lost its message must not commit: another process may be at it. */
  #assertOurs(run: Run, ids: readonly string[], isLost: boolean): void {
    const { name, stream } = this.#spec;
    const stopped = !this.#running.has(run);
    if (!stopped && !isLost) return;
    if (diagnostics.fence.hasSubscribers)
      diagnostics.fence.publish({ worker: name, stream: stream.name, ids, reason: 'lost' });
    const why = stopped ? 'nobody waits for it any more' : 'its ack wait has passed';
    throw new JetlaneError(
      'FENCED',
      `a handler of worker '${name}' came too late: ${why}; nothing was stored, and the message comes again`,
    );
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
}

function isThenable(result: unknown): result is Promise<Result> {
  return typeof (result as { then?: unknown } | undefined)?.then === 'function';
}

function toList(result: Result): readonly Outgoing[] {
  if (result === undefined || result === null) return [];
  return Array.isArray(result) ? (result as readonly Outgoing[]) : [result as Outgoing];
}
