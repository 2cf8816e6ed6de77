/**
 * Runs one seed: real workers, lanes, retries, dead letters and pullers, on virtual time, against a server that loses, repeats
 * and breaks. The same seed gives the same run, happening for happening.
 */
import { diagnostics, msgpack } from '@jetlane/core';
import { type Payload, Sent } from './behaviour.ts';
import { Dice } from './dice.ts';
import { FakeServer, type ServerDefect } from './fake-server.ts';
import { type Fault, planOf, type SimulationPlan } from './plan.ts';
import { Referee, type Tally } from './referee.ts';
import type { BusDefect } from './sim-bus.ts';
import { type Premises, SimProcess, type WorkerDefect } from './sim-process.ts';
import { Timeline } from './timeline.ts';

/** What is defective on purpose. */
export interface Defects {
  readonly server?: ServerDefect;
  readonly bus?: BusDefect;
  readonly worker?: WorkerDefect;
}

/** How to run a seed. */
export interface SimulationOptions {
  readonly defects?: Defects;
  /** Gets a line for everything that happens. */
  readonly trace?: (line: string) => void;
}

/** How a run ended. */
export interface SimulationResult extends Tally {
  readonly seed: number;
  /** What did not hold, in words; undefined where all did. */
  readonly violation: string | undefined;
  /** Happenings. */
  readonly happenings: number;
  /** Virtual time. */
  readonly tookMs: number;
}

/** What is not settled this long after the last fault never will be. */
const LIVENESS_MS = 300_000;
const RESTART_MS = 400;

/** Runs a seed to its end. */
export async function simulate(
  seed: number,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  diagnostics.bury.subscribe(ignore);
  try {
    return await new Run(planOf(seed), options).toEnd();
  } finally {
    diagnostics.bury.unsubscribe(ignore);
  }
}

class Run {
  readonly #plan: SimulationPlan;
  readonly #timeline = new Timeline();
  readonly #dice: Dice;
  readonly #server: FakeServer;
  readonly #referee: Referee;
  readonly #premises: Premises;
  readonly #processes: SimProcess[] = [];
  #started = 0;
  #healed = false;
  #closing = 0;
  #over = false;

  constructor(plan: SimulationPlan, { defects = {}, trace }: SimulationOptions) {
    this.#plan = plan;
    this.#dice = new Dice(plan.seed);
    this.#server = new FakeServer(this.#timeline, this.#dice.of('server'), {
      ...plan,
      defect: defects.server,
    });
    this.#referee = new Referee(plan, this.#server);
    this.#server.arrived = (link, arrival) =>
      this.#processes.find((each) => each.link === link)?.connection.arrive(arrival);
    this.#premises = {
      timeline: this.#timeline,
      dice: this.#dice,
      server: this.#server,
      referee: this.#referee,
      plan,
      healed: () => this.#healed,
      trace: (who, what) =>
        trace?.(`${String(this.#timeline.nowMs).padStart(7)} ms  ${who}: ${what}`),
      defects,
    };
  }

  async toEnd(): Promise<SimulationResult> {
    const { messages, faults, healedMs, processes, seed } = this.#plan;
    for (const message of messages) {
      const { id, key, n, atMs } = message;
      const payload = msgpack.encode({ key, n } satisfies Payload);
      const headers = { 'ce-type': Sent.type, 'ce-id': id, 'Nats-Msg-Id': id };
      this.#timeline.after(atMs, () => {
        this.#server.inbound.store(
          { id, subject: `sim.${key}`, headers, payload },
          this.#timeline.nowMs,
        );
        this.#server.consumer.signal();
      });
    }
    for (let index = 0; index < processes; index++) this.#start(index);
    for (const fault of faults) this.#timeline.after(fault.atMs, () => this.#inflict(fault));
    this.#timeline.after(healedMs, () => this.#heal());
    try {
      await this.#untilSettled();
    } catch (error) {
      this.#referee.object(`the run broke: ${(error as Error).stack}`);
    }
    const { violation, tally } = this.#referee;
    const { count, nowMs } = this.#timeline;
    return { seed, violation, ...tally, happenings: count, tookMs: nowMs };
  }

  async #untilSettled(): Promise<void> {
    const { healedMs } = this.#plan;
    const limitMs = healedMs + LIVENESS_MS;
    const over = () => this.#referee.violation !== undefined;
    const settled = await this.#timeline.run(limitMs, () => over() || this.#isSettled());
    if (over()) return;
    if (!settled) return this.#referee.object(this.#stuck());
    this.#over = true;
    for (const process of this.#processes) {
      this.#closing++;
      process.drain(() => this.#closing--);
    }
    const closed = await this.#timeline.run(limitMs * 2, () => over() || this.#closing === 0);
    if (!closed) this.#referee.object('a worker that holds nothing does not close');
    this.#referee.concludes();
  }

  #isSettled(): boolean {
    return (
      this.#healed &&
      this.#server.inbound.lastSeq >= this.#plan.messages.length &&
      this.#server.consumer.done &&
      this.#processes.every(({ held, dead }) => held === 0 && !dead)
    );
  }

  #stuck(): string {
    const { lag, ackPending } = this.#server.consumer.state;
    const held = this.#processes.map(({ name, held: count }) => `${name} holds ${count}`);
    return `nothing more happens: ${lag} not delivered, ${ackPending} not settled, ${held.join(', ')}`;
  }

  #start(index: number): void {
    const process = new SimProcess(`p${++this.#started}`, this.#premises);
    process.died = () => this.#replace(index, process);
    this.#processes[index] = process;
    process.start();
  }

  /** Its supervisor starts another. */
  #replace(index: number, process: SimProcess): void {
    this.#timeline.after(RESTART_MS, () => {
      if (!this.#over && this.#processes[index] === process) this.#start(index);
    });
  }

  #inflict(fault: Fault): void {
    const { kind, process: index, forMs } = fault;
    const process = this.#processes[index] as SimProcess;
    const { nowMs } = this.#timeline;
    const dice = this.#dice.of(`fault ${fault.atMs}`);
    this.#premises.trace('fault', `${kind} ${process.name} for ${forMs} ms`);
    switch (kind) {
      case 'cut':
        process.link.cut(
          dice.between(0, forMs + 10),
          dice.between(0, forMs + 10),
          dice.between(1, 500),
        );
        return;
      case 'kill':
        return process.kill();
      case 'drain':
        if (!process.dead) process.drain(() => this.#replace(index, process));
        return;
      case 'block':
        process.blockedUntilMs = nowMs + forMs;
        return;
      case 'slow':
        process.link.slowMs = Math.min(forMs, 2_000);
        this.#timeline.after(forMs, () => {
          process.link.slowMs = 0;
        });
        return;
      case 'restart-server':
        this.#server.downUntilMs = nowMs + forMs;
        this.#server.consumer.restart();
        for (const { link } of this.#processes)
          link.cut(0, dice.between(0, 50), forMs + dice.between(1, 500));
        return;
      case 'move-consumer':
        return this.#server.consumer.move();
      case 'refuse-stores':
        this.#server.downUntilMs = nowMs + forMs;
    }
  }

  #heal(): void {
    this.#premises.trace('fault', 'all is well from now on');
    this.#healed = true;
    this.#server.heal();
    for (const process of this.#processes) process.link.slowMs = 0;
  }
}

function ignore(): void {}
