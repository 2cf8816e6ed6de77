/** One process of a simulated run: a client with one worker, which may be blocked, drained, or killed with all that it holds. */
import { msgpack, on, onBatch, type Worker, worker } from '@jetlane/core';
import { type Bus, createClient } from '@jetlane/core/internals';
import { type Payload, perform, Sent, type Stage, streamOf } from './behaviour.ts';
import { FakeConnection } from './fake-connection.ts';
import type { FakeServer } from './fake-server.ts';
import { Link } from './link.ts';
import type { PlannedMessage, SimulationPlan } from './plan.ts';
import type { Player } from './referee.ts';
import { type BusDefect, SimBus } from './sim-bus.ts';
import type { Actor } from './timeline.ts';

/** What is defective about a worker on purpose, to see that it is noticed. */
export type WorkerDefect = 'lanes-too-narrow' | 'lets-lanes-pass' | 'tries-too-often';

/** Where processes run. */
export interface Premises extends Stage {
  readonly server: FakeServer;
  readonly plan: SimulationPlan;
  readonly trace: (who: string, what: string) => void;
  readonly defects: { readonly bus?: BusDefect; readonly worker?: WorkerDefect };
}

type Message = { readonly data: Payload; readonly attempt: number };

/** See the head of this file. */
export class SimProcess implements Actor, Player {
  readonly name: string;
  readonly link: Link;
  readonly connection: FakeConnection;
  /** Until then nobody hears what it announces, nor it them. */
  deafUntilMs = 0;
  blockedUntilMs = 0;
  /** Called when it died. */
  died: () => void = () => {};
  #dead = false;
  #killed = false;
  readonly #premises: Premises;
  readonly #client: ReturnType<typeof createClient>;

  constructor(name: string, premises: Premises) {
    const { timeline, dice, server, referee, trace, defects } = premises;
    this.name = name;
    this.#premises = premises;
    this.link = new Link(timeline, this, dice.of(`link ${name}`));
    this.connection = new FakeConnection(name, this.link, server, timeline, this, (seq, verb) => {
      trace(name, `${verb} #${seq}`);
      referee.settles(this, seq, verb);
    });
    const clock = timeline.clockOf(this);
    const watcher = {
      name,
      delivered: (
        delivery: Parameters<Parameters<Bus['subscribe']>[1]['deliver']>[0],
        outstanding: number,
      ) => this.#delivered(delivery.seq, delivery.deliveryCount, outstanding),
      failed: (error: Error) => referee.object(`${name} gave up: ${error.message}`),
    };
    const bus = new SimBus(this.connection, server, clock, watcher, defects.bus);
    const jitter = dice.of(`jitter ${name}`);
    this.#client = createClient(bus, {
      codec: msgpack,
      source: 'simulation',
      drainClock: clock,
      dice: () => jitter.next(),
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Messages that its worker holds. */
  get held(): number {
    return this.#client.workers[0]?.held().all ?? 0;
  }

  troubledSince(sinceMs: number): boolean {
    return (
      this.blockedUntilMs > sinceMs || this.link.brokeSince(sinceMs, this.#premises.plan.ackWaitMs)
    );
  }

  start(): void {
    const { referee, trace } = this.#premises;
    trace(this.name, 'starts');
    this.#client
      .start(this.#worker())
      .catch((error: unknown) => referee.object(`${this.name} does not start: ${String(error)}`));
  }

  /** Dies here and now. */
  kill(): void {
    if (this.#dead) return;
    this.#premises.trace(this.name, 'dies');
    this.#dead = true;
    this.#killed = true;
    this.link.abandon(this.#premises.dice.of(`${this.name} dies`).between(0, 300));
    this.#premises.referee.dies(this);
    this.died();
  }

  /** Stops as on SIGTERM; `stopped` is called when it is done. */
  drain(stopped: () => void): void {
    const { referee, trace, timeline } = this.#premises;
    const beganMs = timeline.nowMs;
    trace(this.name, 'drains');
    referee.drains();
    this.#client.close({ timeout: `${DRAIN_MS}ms` }).then(
      () => {
        if (this.#killed) return;
        trace(this.name, 'has drained');
        if (this.held > 0) referee.object(`${this.name} has drained and holds ${this.held}`);
        if (timeline.nowMs - Math.max(beganMs, this.blockedUntilMs) > DRAIN_MS + DRAIN_SLACK_MS)
          referee.object(`${this.name} took ${timeline.nowMs - beganMs} ms to drain`);
        this.#dead = true;
        this.link.abandon(1);
        stopped();
      },
      (error: unknown) => referee.object(`${this.name} does not drain: ${String(error)}`),
    );
  }

  #worker(): Worker {
    const { plan, defects } = this.#premises;
    const narrow = defects.worker === 'lanes-too-narrow';
    const options = {
      from: streamOf(plan.partitions),
      ...(plan.partitions > 0 ? { partitioned: true } : { filter: 'sim.>' }),
      concurrency: plan.concurrency,
      maxAckPending: plan.maxAckPending,
      ackWait: `${plan.ackWaitMs}ms` as const,
      timeout: `${plan.timeoutMs}ms` as const,
      onFailure: defects.worker === 'lets-lanes-pass' ? ('skip' as const) : plan.onFailure,
      deadLetter: plan.deadLetters ? 'DLQ' : (false as const),
      retry: {
        attempts: plan.attempts + (defects.worker === 'tries-too-often' ? 1 : 0),
        minDelay: '50ms' as const,
        maxDelay: '2s' as const,
      },
      ...(plan.ordered &&
        (plan.partitions === 0 || narrow) && {
          orderBy: ({ data }: { readonly data: unknown }) => {
            const { key, n } = data as Payload;
            return narrow ? `${key}/${n % 2}` : key;
          },
        }),
    };
    const { batch } = plan;
    if (batch === 0)
      return worker('worker', options, [
        on(Sent, (message, context) => this.#perform([message], context)),
      ]);
    return worker('worker', options, [
      onBatch(Sent, { size: batch, within: '40ms' }, (messages, context) =>
        this.#perform(messages, context),
      ),
    ]);
  }

  #perform(messages: readonly Message[], context: Parameters<typeof perform>[3]) {
    const { plan, trace } = this.#premises;
    const calls = messages.map(({ data, attempt }) => ({
      player: this,
      message: plan.messages[data.n] as PlannedMessage,
      attempt,
      beganMs: this.#premises.timeline.nowMs,
    }));
    if (this.#dead) return [];
    for (const { message, attempt } of calls)
      trace(
        this.name,
        `handles ${message.id} (${message.key}, ${message.nature}), attempt ${attempt}`,
      );
    return perform(this.#premises, this, calls, context);
  }

  #delivered(seq: number, count: number, outstanding: number): void {
    const { plan, referee, trace } = this.#premises;
    trace(this.name, `gets #${seq}, delivery ${count}`);
    // Each partition has a place at least, and while it is handed over what was there before stays until it is settled.
    if (plan.partitions > 0) return;
    const places = Math.max(
      1,
      Math.min(4 * plan.concurrency, Math.floor(plan.maxAckPending / 4)),
      plan.batch,
    );
    // What waits in lanes is made up for, up to as much again.
    const room = plan.ordered ? 2 * places : places;
    if (outstanding > room)
      referee.object(`${this.name} is handed ${outstanding}, its room is ${room}`);
    if (this.held > room) referee.object(`${this.name} holds ${this.held}, its room is ${room}`);
  }
}

const DRAIN_MS = 8_000;
/** A flush at the end, and what a blocked process is late. */
const DRAIN_SLACK_MS = 6_000;
