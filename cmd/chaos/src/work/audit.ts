/** What the ledger of a run says about its work, while it goes on and in the end. */
import type { Connection } from '@jetlane/core';
import { type Ledger, type LedgerEntry, LedgerReader } from '@jetlane/testing';
import type { Counts } from '../fault.ts';
import { type Disturbance, recovery } from '../recovery.ts';
import type { Stage } from '../stage.ts';
import { effects } from './effects.ts';
import { DURABLE } from './task.ts';

/** See the head of this file. */
export class WorkAudit {
  readonly #stage: Stage;
  readonly #reader: LedgerReader;
  /** When each task was delivered for the first time. */
  readonly #deliveredAtMs: number[] = [];
  readonly #finished = new Set<string>();
  /** Begun and not ended, by process. */
  readonly #open = new Map<string, Set<string>>();
  readonly #acked: string[] = [];
  /** Who began each task last, and how many of each process were begun by another later. */
  readonly #begunBy = new Map<string, string>();
  readonly #cut = new Map<string, number>();
  #begunAgain = 0;
  #failed = 0;

  constructor(stage: Stage, path: string) {
    this.#stage = stage;
    this.#reader = new LedgerReader(path, (entry) => this.#take(entry));
    stage.defer(async () => this.#reader.close());
  }

  /** All that is written so far. */
  read(): Ledger {
    return this.#reader.read();
  }

  /** Tasks that this process had begun and that another one had to begin again. */
  cutIn(process: string): number {
    return this.#cut.get(process) ?? 0;
  }

  /** Tasks that were begun again although a handler had finished with them. */
  get begunAgain(): number {
    return this.#begunAgain;
  }

  /** Waits until the server counts nothing as undone: results are committed and acknowledged, too. */
  async acknowledged({ jsm }: Connection, deadlineMs: number): Promise<void> {
    await this.#stage.until(
      async () => {
        const info = await jsm.consumers.info('WORK', DURABLE);
        return info.num_pending === 0 && info.num_ack_pending === 0;
      },
      deadlineMs,
      'everything acknowledged',
    );
  }

  /** The counts of a run whose effects were committed in the inbox: they alone say what is lost or done twice. */
  async countsOfEffects(
    connection: Connection,
    faults: readonly Disturbance[],
  ): Promise<ReturnType<WorkAudit['counts']>> {
    const done = await effects(connection);
    const counts = this.counts(faults);
    return {
      ...counts,
      lost: this.#acked.filter((id) => !done.has(id)).length,
      doubleEffects: [...done.values()].filter((times) => times > 1).length,
    };
  }

  /** Handlers that threw. */
  get failed(): number {
    return this.#failed;
  }

  /** Lines that a kill has torn. */
  get torn(): number {
    return this.#reader.torn;
  }

  /** Tasks that a process has begun and not ended: what a kill interrupts. */
  openIn(process: string): number {
    this.read();
    return this.#open.get(process)?.size ?? 0;
  }

  /**
   * Waits until so many tasks are delivered, or nothing more comes for a while: what is missing then is lost, and for the
   * verdict to tell.
   */
  async settled(count: number): Promise<void> {
    let last = -1;
    let lastMs = 0;
    await this.#stage.until(
      () => {
        const { delivered } = this.read().counts;
        if (delivered !== last) lastMs = performance.now();
        last = delivered;
        return delivered >= count || performance.now() - lastMs > QUIET_MS;
      },
      Number.POSITIVE_INFINITY,
      'quiet',
    );
  }

  /** Waits until so many tasks are delivered. */
  async untilDelivered(count: number, deadlineMs: number): Promise<void> {
    const delivered = () => this.read().counts.delivered;
    await this.#stage.until(
      () => delivered() >= count,
      deadlineMs,
      () => `${count} tasks delivered, not ${delivered()}`,
    );
  }

  /** The counts of a run whose only safety is that nothing is lost or out of order; `lost` leaves out what may be missing. */
  counts(
    faults: readonly Disturbance[],
    mayBeMissing: (id: string) => boolean = () => false,
  ): Counts & { readonly undisturbedPerSecond: number } {
    const ledger = this.read();
    const { worstMs, undisturbedPerSecond } = recovery(this.#deliveredAtMs, faults);
    return {
      acked: ledger.counts.acked,
      lost: ledger.lost().filter((id) => !mayBeMissing(id)).length,
      redelivered: ledger.redeliveries(),
      duplicates: ledger.duplicates().length,
      doubleEffects: 0,
      orderInversions: 0,
      faultsInjected: faults.length,
      recoveredMs: worstMs,
      undisturbedPerSecond,
    };
  }

  #take({ event, id, by, atMs }: LedgerEntry): void {
    if (event === 'acked') this.#acked.push(id);
    if (event === 'began') {
      if (this.#finished.has(id)) this.#begunAgain++;
      const before = this.#begunBy.get(id);
      if (before !== undefined && before !== by) this.#cut.set(before, this.cutIn(before) + 1);
      this.#begunBy.set(id, by);
      const open = this.#open.get(by) ?? new Set();
      this.#open.set(by, open.add(id));
    }
    if (event === 'failed') this.#failed++;
    if (event === 'delivered' || event === 'failed') this.#open.get(by)?.delete(id);
    if (event !== 'delivered' || this.#finished.has(id)) return;
    this.#finished.add(id);
    this.#deliveredAtMs.push(atMs);
  }
}

/** Longer than any ack wait and retry of these runs. */
const QUIET_MS = 20_000;
