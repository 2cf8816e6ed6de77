/**
 * What a run held of what it was offered, and what that cost: counted from the end of its warm-up until the last report is sent.
 */
import type { LatencyMs } from '#figures';
import type { GatewayFigures } from '../gateway/protocol.ts';
import type { Latencies } from '../ledger/latency.ts';
import type { ViewerLoad } from '../load/viewer-load.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';
import { quantiles, type ServiceResult } from './figures.ts';
import { verdict } from './limit.ts';
import type { LiveMap } from './live-map.ts';
import { type CoresUsed, coresUsed, type ProcessorTimes, processorTimes } from './processor.ts';
import type { Publisher } from './publisher.ts';
import type { ServicePool } from './service-pool.ts';

/** What real viewers got. */
export interface ViewersResult {
  readonly viewers: number;
  /** Positions read by all of them, a second. */
  readonly positionsPerS: number;
  readonly framesPerS: number;
  /** Positions that the gateway took from its only subscription, a second. */
  readonly takenPerS: number;
  /** From the intended send time of a report to its position read from a socket. */
  readonly latencyMs: LatencyMs;
  /** Closed by the gateway because they did not read. */
  readonly shed: number;
  /** Memory of the gateway at the beginning and at the end, in MiB. */
  readonly gatewayMiB: readonly [number, number];
}

/** The floor: the same rate through core NATS. */
export interface FloorResult {
  readonly latencyMs: LatencyMs;
  /** The slowest service's p99 as a multiple of the floor's; of the viewers, too, where there are any. */
  readonly servicesTimes: number | null;
  readonly viewersTimes: number | null;
}

/** The part of a result about load. */
export interface LoadResult {
  readonly intendedPerS: number;
  /** Confirmed by the stream. */
  readonly achievedPerS: number;
  /** So much of the beginning of the run is not in here, nor in the latencies, in seconds; 0: the run ended before, and all is. */
  readonly leftOutS: number;
  readonly late: number;
  readonly skipped: number;
  readonly failed: number;
  readonly cores: CoresUsed;
  readonly held: boolean;
  /** What gave way and why, in words. */
  readonly limit: string;
  readonly viewers: ViewersResult | null;
  readonly floor: FloorResult | null;
}

/** Where the figures come from. */
export interface MeasuredSources {
  readonly publisher: Publisher;
  readonly pool: ServicePool;
  readonly liveMap: LiveMap | undefined;
  readonly crowd: ViewerLoad | undefined;
  /** Undefined: nobody tells, as of a server elsewhere. */
  readonly serverTimeUs: () => number | undefined;
}

/** Counts at one moment. */
export interface Moment {
  readonly times: ProcessorTimes;
  readonly acked: number;
  readonly late: number;
  readonly skipped: number;
  readonly failed: number;
  readonly rows: number;
  readonly frames: number;
  readonly gateway: GatewayFigures | undefined;
}

/** Takes the counts now. */
export function takeMoment(sources: MeasuredSources): Moment {
  const { publisher, pool, liveMap, crowd, serverTimeUs } = sources;
  const { acked, late, skipped, failures: failed } = publisher;
  const gateway = liveMap?.figures;
  const times = processorTimes({
    services: byService((name) => pool.totals[name].cpuUs),
    gateway: gateway?.cpuUs,
    load: crowd?.counts.cpuUs,
    server: serverTimeUs(),
  });
  const { rows = 0, frames = 0 } = crowd?.counts ?? {};
  return { times, acked: acked.size, late, skipped, failed, rows, frames, gateway };
}

/** Everything else that {@link measured} needs. */
export interface Measurement {
  readonly from: Moment;
  readonly to: Moment;
  readonly intendedPerS: number;
  readonly leftOutS: number;
  readonly processes: number;
  readonly lagAtEnd: Readonly<Record<ServiceName, number>>;
  /** Of the viewers; undefined: there were none. */
  readonly crowd: ViewerLoad | undefined;
}

/** What lies between two moments. */
export function measured(run: Measurement): LoadResult {
  const { from, to, intendedPerS } = run;
  const seconds = Math.max(0.001, (to.times.atMs - from.times.atMs) / 1000);
  const perS = (before: number, after: number) => Math.round((after - before) / seconds);
  const offered = {
    intendedPerS,
    achievedPerS: perS(from.acked, to.acked),
    late: to.late - from.late,
    skipped: to.skipped - from.skipped,
    failed: to.failed - from.failed,
  };
  const cores = coresUsed(from.times, to.times);
  const lag = Math.max(...SERVICES.map((name) => run.lagAtEnd[name]));
  const judged = verdict({ ...offered, lag, cores, processes: run.processes, seconds });
  const viewers = run.crowd &&
    to.gateway && {
      viewers: run.crowd.counts.open,
      positionsPerS: perS(from.rows, to.rows),
      framesPerS: perS(from.frames, to.frames),
      takenPerS: perS(from.gateway?.positions ?? 0, to.gateway.positions),
      latencyMs: quantiles(run.crowd.latencies),
      shed: to.gateway.shed,
      gatewayMiB: [mebi(from.gateway?.rssBytes ?? 0), mebi(to.gateway.rssBytes)] as const,
    };
  return {
    ...offered,
    leftOutS: run.leftOutS,
    cores,
    ...judged,
    viewers: viewers ?? null,
    floor: null,
  };
}

/** The same with the floor below it. Surge gathers a batch, and counts nevertheless. */
export function withFloor(
  load: LoadResult,
  floor: Latencies,
  services: Readonly<Record<ServiceName, ServiceResult>>,
): LoadResult {
  const latencyMs = quantiles(floor);
  const times = (p99: number | null | undefined) =>
    typeof p99 === 'number' && latencyMs.p99 ? Math.round((p99 / latencyMs.p99) * 100) / 100 : null;
  const slowest = Math.max(...SERVICES.map((name) => services[name].latencyMs.p99 ?? 0));
  const viewersTimes = times(load.viewers?.latencyMs.p99);
  return { ...load, floor: { latencyMs, servicesTimes: times(slowest), viewersTimes } };
}

const mebi = (bytes: number) => Math.round(bytes / 2 ** 20);
