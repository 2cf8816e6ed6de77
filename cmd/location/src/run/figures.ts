/** The figures of a run: live ones for the table and the page, and the result at its end. */
import type { LatencyMs, Figures as NamedFigures, ServiceFigures } from '#figures';
import type { Latencies } from '../ledger/latency.ts';
import { type FraudScore, scoreFraud } from '../ledger/score.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';
import type { Simulation } from '../simulation/simulation.ts';
import type { ConsumerWatch } from './consumer-watch.ts';
import type { Feedback } from './feedback.ts';
import type { LoadResult } from './measured.ts';
import type { Publisher } from './publisher.ts';
import type { ServicePool } from './service-pool.ts';

/** The whole run, live. */
export type Figures = NamedFigures<ServiceName>;

/** One service's part of the {@link Result}. */
export interface ServiceResult {
  /** Published messages that it settled. */
  readonly delivered: number;
  /** Published messages that it did not. */
  readonly lost: number;
  readonly redelivered: number;
  /** Unsettled when publishing ended. */
  readonly lagAtEnd: number;
  readonly latencyMs: LatencyMs;
}

/** What a run prints last with `--json`. */
export interface Result {
  readonly published: number;
  readonly duplicatesDropped: number;
  readonly services: Readonly<
    Record<Exclude<ServiceName, 'fraud'>, ServiceResult> & { fraud: ServiceResult & FraudScore }
  >;
  readonly rides: { readonly requested: number; readonly matched: number };
  readonly eta: { readonly medianAbsErrorS: number | null };
  readonly seed: number;
  readonly server: string;
  /** What was offered, what was held, and what limited it. */
  readonly load: LoadResult;
}

/** Where figures come from. */
export interface Sources {
  readonly simulation: Simulation;
  readonly publisher: Publisher;
  readonly pool: ServicePool;
  readonly feedback: Feedback;
  readonly watch: ConsumerWatch;
}

/** Makes what takes the live figures; rates are those since its last call. */
export function liveFigures(sources: Sources): () => Figures {
  const { simulation, publisher, pool, feedback, watch } = sources;
  const startedMs = performance.now();
  let [lastMs, lastPublished] = [startedMs, 0];
  const lastDeliveries = new Map<ServiceName, number>();

  function service(name: ServiceName, elapsedS: number): ServiceFigures {
    const totals = pool.totals[name];
    const before = lastDeliveries.get(name) ?? 0;
    lastDeliveries.set(name, totals.deliveries);
    return {
      deliveriesPerS: (totals.deliveries - before) / elapsedS,
      latencyMs: quantiles(totals.recent),
      lag: 0,
      ackPending: 0,
      ackPendingMax: 0,
      ...watch.figures[name],
      redelivered: totals.redelivered,
      lost: publisher.acked.missingIn(totals.settled, watch.figures[name]?.settledSeq ?? 0),
    };
  }

  return () => {
    const now = performance.now();
    const elapsedS = Math.max(0.001, (now - lastMs) / 1000);
    const published = publisher.acked.size;
    const publishesPerS = (published - lastPublished) / elapsedS;
    [lastMs, lastPublished] = [now, published];
    const services = byService((name) => service(name, elapsedS));
    const each = SERVICES.map((name) => services[name]);
    return {
      runS: (now - startedMs) / 1000,
      publishesPerS,
      deliveriesPerS: each.reduce((sum, one) => sum + one.deliveriesPerS, 0),
      published,
      duplicatesDropped: publisher.duplicates,
      late: publisher.late,
      skipped: publisher.skipped,
      failed: publisher.failures,
      redelivered: each.reduce((sum, one) => sum + one.redelivered, 0),
      lost: each.reduce((sum, one) => sum + one.lost, 0),
      services,
      rides: { requested: simulation.riders.requested, matched: simulation.riders.matched },
      etaMedianAbsErrorS: feedback.eta.medianAbsErrorS(),
      fraud: scoreFraud(feedback.flagged, simulation.cheaters),
    };
  };
}

/** The result; to be called when everything has drained. */
export function finalResult(
  sources: Sources,
  run: {
    readonly seed: number;
    readonly lagAtEnd: Readonly<Record<ServiceName, number>>;
    readonly load: LoadResult;
  },
): Result {
  const { simulation, publisher, pool, feedback, watch } = sources;
  const one = (name: ServiceName): ServiceResult => {
    const totals = pool.totals[name];
    const lost = publisher.acked.missingIn(totals.settled);
    return {
      delivered: publisher.acked.size - lost,
      lost,
      redelivered: totals.redelivered,
      lagAtEnd: run.lagAtEnd[name],
      latencyMs: quantiles(totals.latencies),
    };
  };
  const score = scoreFraud(feedback.flagged, simulation.cheaters);
  return {
    published: publisher.acked.size,
    duplicatesDropped: publisher.duplicates,
    services: {
      matching: one('matching'),
      eta: one('eta'),
      fraud: { ...one('fraud'), ...score },
      surge: one('surge'),
    },
    rides: { requested: simulation.riders.requested, matched: simulation.riders.matched },
    eta: { medianAbsErrorS: feedback.eta.medianAbsErrorS() },
    seed: run.seed,
    server: `nats-server ${watch.serverVersion}`,
    load: run.load,
  };
}

/** The usual quantiles, to the microsecond. */
export function quantiles(histogram: Pick<Latencies, 'quantileMs'>): LatencyMs {
  const at = (share: number) => {
    const ms = histogram.quantileMs(share);
    return ms === null ? null : Math.round(ms * 1000) / 1000;
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
