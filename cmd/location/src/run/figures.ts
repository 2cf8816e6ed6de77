/** The figures of a run: live ones for the table and the page, and the result at its end. */
import type {
  LatencyMs,
  Figures as NamedFigures,
  ProcessFigures,
  ServiceFigures,
  TroubleShown,
} from '#figures';
import { type Latencies, latencies } from '../ledger/latency.ts';
import { type FraudScore, scoreFraud } from '../ledger/score.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';
import type { Simulation } from '../simulation/simulation.ts';
import type { ConsumerWatch } from './consumer-watch.ts';
import type { Feedback } from './feedback.ts';
import type { LiveMap } from './live-map.ts';
import type { LoadResult } from './measured.ts';
import type { PartitionWatch } from './partition-watch.ts';
import type { Publisher } from './publisher.ts';
import type { ServicePool } from './service-pool.ts';
import { knownUntilMs, type ServiceTotals } from './service-totals.ts';
import { stallWatch } from './stall.ts';

/** The whole run, live. */
export type Figures = NamedFigures<ServiceName>;

/** One service's part of the {@link Result}. */
export interface ServiceResult {
  /** Published messages that it handled, or set aside as dead letters. */
  readonly delivered: number;
  /** Published messages that it did neither with. */
  readonly lost: number;
  readonly redelivered: number;
  /** Dead letters of this service that are left. */
  readonly deadLetters: number;
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
  /** What was broken meanwhile, in the order of time. */
  readonly troubles: readonly TroubleShown[];
}

/** Where figures come from. */
export interface Sources {
  readonly simulation: Simulation;
  readonly publisher: Publisher;
  readonly pool: ServicePool;
  readonly feedback: Feedback;
  readonly watch: ConsumerWatch;
  /** Undefined: nothing is partitioned. */
  readonly partitions: PartitionWatch | undefined;
  /** Undefined: there is no page. */
  readonly liveMap: LiveMap | undefined;
}

/** Latencies that came since the figures before, as flat pairs of bucket and count. */
export interface Fresh {
  readonly services: Readonly<Record<ServiceName, readonly number[]>>;
  /** Of core NATS; undefined: not measured. */
  readonly floor: readonly number[] | undefined;
}

/** Makes what takes the live figures; rates are those since its last call. */
export function liveFigures(sources: Sources): (fresh: Fresh) => Figures {
  const { simulation, publisher, pool, feedback, watch, partitions, liveMap } = sources;
  const findStall = stallWatch();
  const startedMs = performance.now();
  let [lastMs, lastPublished] = [startedMs, 0];
  const since = deliveryRates();

  function service(name: ServiceName, elapsedS: number, fresh: readonly number[]): ServiceFigures {
    const totals = pool.totals[name];
    const settledSeq = watch.settledBefore(name, knownUntilMs(totals));
    return {
      deliveriesPerS: since(name, totals.deliveries, elapsedS),
      latencyMs: quantiles(totals.recent),
      secondMs: quantilesOf(fresh),
      ...(watch.figures[name] ?? STANDING),
      redelivered: totals.redelivered,
      buried: totals.buried,
      deadLetters: watch.deadLetters[name] ?? 0,
      lost: publisher.acked.missingIn(totals.settled, settledSeq),
      blockedMs: totals.blockedMs,
      processes: totals.processes.map(
        ({ number, up, deliveries }): ProcessFigures => ({
          number,
          up,
          deliveriesPerS: since(`${name} ${number}`, deliveries, elapsedS),
        }),
      ),
      partitions: byProcess(totals, partitions?.ownersOf(name)),
    };
  }

  return (fresh) => {
    const now = performance.now();
    const elapsedS = Math.max(0.001, (now - lastMs) / 1000);
    const published = publisher.acked.size;
    const publishesPerS = (published - lastPublished) / elapsedS;
    [lastMs, lastPublished] = [now, published];
    const services = byService((name) => service(name, elapsedS, fresh.services[name]));
    const each = SERVICES.map((name) => services[name]);
    return {
      runS: (now - startedMs) / 1000,
      publishesPerS,
      deliveriesPerS: each.reduce((sum, one) => sum + one.deliveriesPerS, 0),
      published,
      resent: publisher.resent,
      duplicatesDropped: publisher.duplicates,
      late: publisher.late,
      skipped: publisher.skipped,
      failed: publisher.failures,
      unconfirmed: publisher.unconfirmed,
      stall: findStall({
        nowMs: now,
        unheardMs: publisher.unheardMs,
        confirmed: published,
        mapped: liveMap?.figures.positions,
        stream: watch.stream,
      }),
      redelivered: each.reduce((sum, one) => sum + one.redelivered, 0),
      deadLetters: each.reduce((sum, one) => sum + one.deadLetters, 0),
      lost: each.reduce((sum, one) => sum + one.lost, 0),
      secondMs: quantilesOf(SERVICES.flatMap((name) => fresh.services[name])),
      floorMs: fresh.floor === undefined ? null : quantilesOf(fresh.floor),
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
    readonly troubles: readonly TroubleShown[];
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
      deadLetters: watch.deadLetters[name] ?? 0,
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
    troubles: run.troubles,
  };
}

/** How a durable stands while the server was not asked yet. */
const STANDING = { lag: 0, ackPending: 0, ackPendingMax: 0 };

/**
 * What was delivered a second since the same was asked last, by name. A count that is lower than before is another one: that of a
 * process that came after one with the same number had been taken away. Exported for its tests.
 */
export function deliveryRates(): (name: string, deliveries: number, elapsedS: number) => number {
  const last = new Map<string, number>();
  return (name, deliveries, elapsedS) => {
    const before = last.get(name) ?? 0;
    last.set(name, deliveries);
    return (before > deliveries ? deliveries : deliveries - before) / elapsedS;
  };
}

/** The owners of partitions by the numbers of their processes instead of their ids. */
function byProcess(
  { processes }: ServiceTotals,
  owners: readonly (number | undefined)[] | undefined,
): readonly (number | null)[] | null {
  if (owners === undefined) return null;
  return Array.from(
    owners,
    (owner) => processes.find(({ pid, up }) => up && pid === owner)?.number ?? null,
  );
}

function quantilesOf(pairs: readonly number[]): LatencyMs {
  const seen = latencies();
  seen.merge(pairs);
  return quantiles(seen);
}

/** The usual quantiles, to the microsecond. */
export function quantiles(histogram: Pick<Latencies, 'quantileMs'>): LatencyMs {
  const at = (share: number) => {
    const ms = histogram.quantileMs(share);
    return ms === null ? null : Math.round(ms * 1000) / 1000;
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
