/** What was seen of a run since a trouble began: the figures before it, those of now, and the worst between. */
import { type Latencies, latencies } from '../ledger/latency.ts';
import type { Figures, Fresh } from '../run/figures.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';

/** An account that is kept until its trouble is over. */
export class Account {
  /** When the trouble began. */
  readonly before: Figures;
  /** The last that were added. */
  now: Figures;
  readonly #lagMax: Record<ServiceName, number>;
  readonly #shares: Partial<Record<ServiceName, number>> = {};
  readonly #latencies: Record<ServiceName, Latencies> = byService(latencies);

  constructor(before: Figures) {
    this.before = before;
    this.now = before;
    this.#lagMax = byService((name) => before.services[name].lag);
  }

  /** Adds one second. */
  add(figures: Figures, fresh: Fresh): void {
    this.now = figures;
    for (const name of SERVICES) {
      this.#lagMax[name] = Math.max(this.#lagMax[name], figures.services[name].lag);
      this.#latencies[name].merge(fresh.services[name]);
      this.#noteShare(name);
    }
  }

  /** Partitions that the youngest of several processes had last; undefined: there never were several, or no partitions. */
  share(name: ServiceName): number | undefined {
    return this.#shares[name];
  }

  #noteShare(name: ServiceName): void {
    const { partitions, processes } = this.now.services[name];
    const youngest = processes.at(-1)?.number;
    if (!partitions || processes.length < 2) return;
    const share = partitions.filter((owner) => owner === youngest).length;
    if (share > 0) this.#shares[name] = share;
  }

  /** The largest lag of a service, or of any. */
  lagMax(name: ServiceName | null): number {
    return name === null ? Math.max(...Object.values(this.#lagMax)) : this.#lagMax[name];
  }

  /** How much a count of a service has grown, or of all services together. */
  grown(name: ServiceName | null, count: 'redelivered' | 'buried' | 'blockedMs'): number {
    const names: readonly ServiceName[] = name === null ? SERVICES : [name];
    const { before, now } = this;
    let sum = 0;
    for (const each of names) sum += now.services[each][count] - before.services[each][count];
    return sum;
  }

  /** The 99th percentile of what a service handled since the trouble began, and of the seconds before; null: nothing. */
  p99(name: ServiceName): { readonly before: number | null; readonly since: number | null } {
    const before = this.before.services[name].latencyMs.p99;
    return { before, since: this.#latencies[name].quantileMs(0.99) };
  }
}
