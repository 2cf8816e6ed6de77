/**
 * The service processes of a run, started as `jetlane worker` starts them; adds up what they report.
 * A process that dies is started again; what it had handled and not reported is in its black box.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SupervisedApp, superviseApp, type WorkerEvent } from 'jetlane/worker';
import { readBlackBoxes } from '../ledger/black-box.ts';
import { CLOCK_VARIABLE, clockShiftMs } from '../ledger/clock.ts';
import { METER_VARIABLE, type MeterMessage } from '../services/meter.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';
import {
  ACK_WAIT_VARIABLE,
  PARTITIONED_VARIABLE,
  PROCESSES_VARIABLE,
  SEED_VARIABLE,
} from '../services/settings.ts';
import { type Affliction, type AfflictionMessage, WELL } from '../troubles/affliction.ts';
import { RunFailure } from './run-failure.ts';
import { absorb, emptyTotals, type ProcessTotals, type ServiceTotals } from './service-totals.ts';

/** The running services. */
export interface ServicePool {
  readonly totals: Readonly<Record<ServiceName, ServiceTotals>>;
  /**
   * Kills the first process of a service with SIGKILL. Resolves when it pulls again, or when none follows it, because there shall be
   * fewer; undefined when none runs.
   */
  kill(name: ServiceName): Promise<void> | undefined;
  /** Runs a service in so many processes. Rejects when a new one does not start. */
  scale(name: ServiceName, processes: number): Promise<void>;
  /** Sets what is wrong with a service, those of its processes that start later included. */
  afflict(name: ServiceName, affliction: Affliction): void;
  /** Lets the first process of a service stand still once, for so long; false when none runs. */
  block(name: ServiceName, forMs: number): boolean;
  /** Drains every process and waits for its last report. */
  stop(): Promise<void>;
}

/** What the services of a run share. */
export interface PoolOptions {
  readonly servers: readonly string[];
  readonly seed: number;
  /** Processes of each service. */
  readonly processes: number;
  /** Whether services that are ordered by driver are partitioned. */
  readonly partitioned: boolean;
  readonly ackWaitMs: number;
  /** Told, in one sentence each, what went wrong. */
  readonly warn: (line: string) => void;
}

/**
 * Starts every service and resolves when all of them are pulling. `supervise` runs one.
 *
 * @throws RunFailure when one cannot start; the others are stopped then
 */
export async function startServices(
  options: PoolOptions,
  supervise: typeof superviseApp = superviseApp,
): Promise<ServicePool> {
  const boxes = await mkdtemp(join(tmpdir(), 'location-'));
  const services = byService((name) => new Service(name, { ...options, boxes, supervise }));
  const each = SERVICES.map((name) => services[name]);
  const starts = await Promise.allSettled(each.map((service) => service.start()));
  let stopped: Promise<void> | undefined;
  const stopAll = async () => {
    await Promise.all(each.map((service) => service.stop()));
    await rm(boxes, { recursive: true, force: true });
  };
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw new RunFailure((failed.reason as Error).message, { cause: failed.reason });
  }
  return {
    totals: byService((name) => services[name].totals),
    kill: (name) => services[name].kill(),
    scale: (name, processes) => services[name].scale(processes),
    afflict: (name, affliction) => services[name].afflict(affliction),
    block: (name, forMs) => services[name].block(forMs),
    stop,
  };
}

interface ServiceParts extends PoolOptions {
  /** Directory of the black boxes. */
  readonly boxes: string;
  readonly supervise: typeof superviseApp;
}

/** One service and its processes. */
class Service {
  readonly totals: ServiceTotals = emptyTotals();
  readonly #name: ServiceName;
  readonly #options: ServiceParts;
  #app: SupervisedApp | undefined;
  #affliction = WELL;
  /** Who waits for a process, by its number, to pull again. */
  readonly #awaited = new Map<number, (() => void)[]>();

  constructor(name: ServiceName, options: ServiceParts) {
    this.#name = name;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { servers, seed, processes, partitioned, ackWaitMs } = this.#options;
    const { boxes, supervise } = this.#options;
    this.#app = await supervise({
      app: fileURLToPath(new URL(`../services/${this.#name}.js`, import.meta.url)),
      processes,
      server: { servers: [...servers] },
      env: {
        [CLOCK_VARIABLE]: String(clockShiftMs),
        [METER_VARIABLE]: boxes,
        [SEED_VARIABLE]: String(seed),
        [PROCESSES_VARIABLE]: String(processes),
        [PARTITIONED_VARIABLE]: partitioned ? 'yes' : 'no',
        [ACK_WAIT_VARIABLE]: String(ackWaitMs),
      },
      onMessage: (message, number) =>
        absorb(this.totals, this.#process(number), (message as MeterMessage).meter),
      onEvent: (event) => this.#hear(event),
    });
  }

  kill(): Promise<void> | undefined {
    const running = this.totals.processes.find(({ up }) => up);
    if (running === undefined || !this.#app?.signal(running.number, 'SIGKILL')) return undefined;
    return new Promise((resolve) => {
      const others = this.#awaited.get(running.number) ?? [];
      this.#awaited.set(running.number, [...others, resolve]);
    });
  }

  async scale(processes: number): Promise<void> {
    await this.#app?.scale(processes);
    const { totals } = this;
    totals.processes = totals.processes.filter(({ number }) => number <= processes);
    this.#readBlackBoxes(); // one that was to go may have been killed before its last word
    for (const number of this.#awaited.keys()) if (number > processes) this.#followed(number);
  }

  afflict(affliction: Affliction): void {
    this.#affliction = affliction;
    this.#tell(0);
  }

  block(forMs: number): boolean {
    const running = this.totals.processes.find(({ up }) => up);
    if (running === undefined) return false;
    this.#tell(forMs, running.number);
    return true;
  }

  async stop(): Promise<void> {
    await this.#app?.stop();
    this.#readBlackBoxes();
    for (const number of this.#awaited.keys()) this.#followed(number);
  }

  /** Nobody waits for this process any longer. */
  #followed(number: number): void {
    for (const resolve of this.#awaited.get(number) ?? []) resolve();
    this.#awaited.delete(number);
  }

  #tell(blockMs: number, process?: number): void {
    const message: AfflictionMessage = { affliction: { ...this.#affliction, blockMs } };
    this.#app?.send(message, process);
  }

  #hear(event: WorkerEvent): void {
    const { warn } = this.#options;
    if (event.event === 'failed') warn(`${this.#name}: ${event.message}`);
    if (event.event === 'died') this.#buryDead(event.process, event.how);
    if (event.event !== 'ready') return;
    const process = this.#process(event.process);
    process.up = true;
    process.pid = event.pid;
    process.reportedMs = 0;
    this.#tell(0, event.process); // it does not know yet
    this.#followed(event.process);
  }

  #buryDead(number: number, how: string): void {
    this.#options.warn(`${this.#name} ${how} and is started again`);
    this.#process(number).up = false;
    this.totals.restarts++;
    this.#readBlackBoxes();
  }

  #readBlackBoxes(): void {
    const { settled } = this.totals;
    for (const seq of readBlackBoxes(this.#options.boxes, this.#name)) settled.add(seq);
    settled.takeNewRanges();
  }

  #process(number: number): ProcessTotals {
    const { totals } = this;
    const known = totals.processes.find((process) => process.number === number);
    if (known) return known;
    const process = { number, pid: -1, up: false, reportedMs: 0, deliveries: 0 };
    totals.processes = [...totals.processes, process].sort((a, b) => a.number - b.number);
    return process;
  }
}
