/** The worker processes of a run: started, killed, replaced, and asked for their reports in the end. */
import type { LedgerWriter } from '@jetlane/testing';
import type { Actor } from '../actor.ts';
import type { WorkerActorOptions, WorkerReport } from '../actors/worker.ts';
import type { Stage } from '../stage.ts';

const WORKER = new URL('../actors/worker.js', import.meta.url);

/** A worker process. */
export interface Member {
  /** What it is called in the ledger; another one for each process. */
  readonly name: string;
  readonly actor: Actor;
}

/** See the head of this file. */
export class Crew {
  readonly #stage: Stage;
  readonly #ledger: LedgerWriter;
  readonly #options: Omit<WorkerActorOptions, 'name'>;
  readonly #members: Member[] = [];
  readonly #exits: Promise<void>[] = [];
  #hired = 0;
  #supervised = false;
  #crashes = 0;

  /** @param ledger gets a word of each process that has ended */
  constructor(stage: Stage, ledger: LedgerWriter, options: Omit<WorkerActorOptions, 'name'>) {
    this.#stage = stage;
    this.#ledger = ledger;
    this.#options = options;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Processes that ended by themselves and were replaced. */
  get crashes(): number {
    return this.#crashes;
  }

  /** Starts so many, side by side, and resolves when all are ready. */
  async start(count: number): Promise<void> {
    const places = Array.from({ length: count }, (_, n) => this.#members.length + n);
    for (const member of await Promise.all(places.map(() => this.#hire())))
      this.#members.push(member);
  }

  /** Replaces each process that ends by itself, from now on, until {@link finish}. */
  supervise(): void {
    this.#supervised = true;
    for (const place of this.#members.keys()) this.#watch(place);
  }

  /** kill -9. What it had begun is over; resolves to its name. */
  async kill(place: number): Promise<string> {
    const { actor, name } = this.#at(place);
    await actor.kill();
    this.#ledger.gone(name);
    return name;
  }

  /** SIGTERM; resolves to its report once it has ended in order, or rejects when it did not. */
  async stop(place: number): Promise<WorkerReport> {
    const { actor, name } = this.#at(place);
    actor.signal('SIGTERM');
    const report = (await actor.report) as WorkerReport;
    this.#ledger.gone(name);
    return report;
  }

  /** Puts a new process in the place of one that has ended. */
  async replace(place: number): Promise<void> {
    this.#members[place] = await this.#hire();
    if (this.#supervised) this.#watch(place);
  }

  /** Asks all that run to finish, and resolves to their reports. */
  async finish(): Promise<WorkerReport[]> {
    this.#supervised = false;
    await Promise.all(this.#exits);
    const running = this.#members.filter(({ actor }) => actor.running);
    return Promise.all(running.map(({ actor }) => actor.finish() as Promise<WorkerReport>));
  }

  async #hire(): Promise<Member> {
    const name = `worker-${++this.#hired}`;
    const actor = await this.#stage.actor(WORKER, { ...this.#options, name });
    return { name, actor };
  }

  #watch(place: number): void {
    const { actor, name } = this.#at(place);
    const replaced = actor.report.then(
      () => {},
      async () => {
        this.#ledger.gone(name);
        if (!this.#supervised) return;
        this.#crashes++;
        // Its successor may be killed before it is ready, too.
        for (;;) {
          try {
            return await this.replace(place);
          } catch (error) {
            if (!this.#supervised) return;
            this.#stage.say(`a worker was not ready: ${(error as Error).message}`);
            this.#crashes++;
            await this.#stage.pause(100);
          }
        }
      },
    );
    replaced.catch(() => {}); // interrupted
  }

  #at(place: number): Member {
    const member = this.#members[place];
    if (member === undefined) throw new Error(`there is no worker ${place}`);
    return member;
  }
}
