/**
 * Runs one seed: real workers, lanes, retries, dead letters and pullers, on virtual time, against a server that loses, repeats
 * and breaks. The same seed gives the same run, happening for happening.
 */
import { diagnostics, msgpack } from '@jetlane/core';
import { type Payload, Sent } from './behaviour.ts';
import { Dice } from './dice.ts';
import { type Arrival, FakeServer, type ServerDefect } from './fake-server.ts';
import type { Link } from './link.ts';
import { partitionPlanOf } from './partition-plan.ts';
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
  /** Whether its worker is partitioned: other plans, of the same numbers. */
  readonly partitions?: boolean;
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
/** Where more join. */
const PROCESSES_MAX = 4;

/** Runs a seed to its end. */
export async function simulate(
  seed: number,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  diagnostics.bury.subscribe(ignore);
  try {
    return await new Run(
      options.partitions === true ? partitionPlanOf(seed) : planOf(seed),
      options,
    ).toEnd();
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
  readonly #processes = new Map<number, SimProcess>();
  readonly #leaving = new Set<SimProcess>();
  /** Places that processes were started in. */
  #slots = 0;
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
      [...this.#processes.values()].find((each) => each.link === link)?.connection.arrive(arrival);
    this.#server.announced = (arrival, from) => this.#announce(arrival, from);
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
        this.#server.publish({ id, subject: `sim.${key}`, headers, payload });
      });
    }
    while (this.#slots < processes) this.#start(this.#slots++);
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
    for (const process of this.#processes.values()) {
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
      this.#server.done &&
      [...this.#processes.values()].every(({ held, dead }) => held === 0 && !dead)
    );
  }

  #stuck(): string {
    const { lag, ackPending } = this.#server.state;
    const held = [...this.#processes.values()].map(
      ({ name, held: count }) => `${name} holds ${count}`,
    );
    return `nothing more happens: ${lag} not delivered, ${ackPending} not settled, ${held.join(', ')}`;
  }

  #start(index: number): void {
    const process = new SimProcess(`p${++this.#started}`, this.#premises);
    process.died = () => this.#replace(index, process);
    this.#processes.set(index, process);
    process.start();
  }

  /** Its supervisor starts another. */
  #replace(index: number, process: SimProcess): void {
    this.#timeline.after(RESTART_MS, () => {
      if (!this.#over && this.#processes.get(index) === process) this.#start(index);
    });
  }

  #inflict(fault: Fault): void {
    const { kind, process: index, forMs } = fault;
    const process = this.#victim(index);
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
        if (!process.dead && !this.#leaving.has(process))
          process.drain(() => this.#replace(this.#slotOf(process), process));
        return;
      case 'block':
        // Never shorter than another block before: what arrives must stay in order.
        process.blockedUntilMs = Math.max(process.blockedUntilMs, nowMs + forMs);
        return;
      case 'slow':
        // With partitions, no slower than what an ack wait bears: else it would be cut off.
        process.link.slowMs = Math.min(
          forMs,
          this.#plan.partitions === 0 ? 2_000 : this.#plan.ackWaitMs / 8,
        );
        this.#timeline.after(forMs, () => {
          process.link.slowMs = 0;
        });
        return;
      case 'restart-server':
        this.#server.downUntilMs = nowMs + forMs;
        for (const consumer of this.#server.consumers.values()) consumer.restart();
        for (const { link } of this.#processes.values())
          link.cut(0, dice.between(0, 50), forMs + dice.between(1, 500));
        return;
      case 'move-consumer':
        for (const consumer of this.#server.consumers.values()) consumer.move();
        return;
      case 'refuse-stores':
        this.#server.downUntilMs = nowMs + forMs;
        return;
      case 'join':
        if (this.#processes.size < PROCESSES_MAX) this.#start(this.#slots++);
        return;
      case 'leave':
        return this.#leave(process);
      case 'deafen':
        process.deafUntilMs = nowMs + forMs;
    }
  }

  /** Whom a fault concerns: with partitions, one of those that are there then. */
  #victim(index: number): SimProcess {
    const there = [...this.#processes.values()];
    return (
      this.#plan.partitions === 0 ? this.#processes.get(index) : there[index % there.length]
    ) as SimProcess;
  }

  #slotOf(process: SimProcess): number {
    for (const [slot, each] of this.#processes) if (each === process) return slot;
    return -1;
  }

  /** The last one stays. */
  #leave(process: SimProcess): void {
    const staying = [...this.#processes.values()].filter((each) => !this.#leaving.has(each));
    if (process.dead || staying.length < 2 || this.#leaving.has(process)) return;
    this.#leaving.add(process);
    process.drain(() => this.#processes.delete(this.#slotOf(process)));
  }

  /** Whoever is a member and can be heard, hears it. */
  #announce(arrival: Arrival, from: Link): void {
    const { nowMs } = this.#timeline;
    const isDeaf = (link: Link, deafUntilMs: number) => link !== from && deafUntilMs > nowMs;
    const sender = [...this.#processes.values()].find(({ link }) => link === from);
    for (const { link, connection, dead, deafUntilMs } of this.#processes.values()) {
      if (dead || isDeaf(link, Math.max(deafUntilMs, sender?.deafUntilMs ?? 0))) continue;
      if (link === from || !this.#server.losesAnnouncement())
        link.toProcess(link.session, () => connection.arrive(arrival));
    }
  }

  #heal(): void {
    this.#premises.trace('fault', 'all is well from now on');
    this.#healed = true;
    this.#server.heal();
    for (const process of this.#processes.values()) {
      process.link.slowMs = 0;
      process.deafUntilMs = 0;
    }
  }
}

function ignore(): void {}
