/** One turn of a side: a publisher, a drainer, or a publisher and a listener, with what the servers spent on it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../frame/child.ts';
import { nowNs } from '../frame/clock.ts';
import type { Stage } from '../frame/stage.ts';
import type { DrainResult, DrainRound } from '../roles/drainer.ts';
import type { ListenResult, ListenRound } from '../roles/listener.ts';
import type { LoadResult, LoadRound } from '../roles/loader.ts';
import type { Figures } from './contest.ts';
import { Histogram } from './histogram.ts';
import type { OpenResult, OpenRound } from './open-loop.ts';
import type { SaturateResult, SaturateRound } from './saturate.ts';
import { type Views, viewsOf } from './views.ts';

/** A process of `roles/publisher.ts`. */
export type PublishingChild = Child<SaturateRound | OpenRound, SaturateResult | OpenResult>;
/** A process of `roles/listener.ts`. */
export type ListeningChild = Child<ListenRound, ListenResult>;
/** A process of `roles/drainer.ts`. */
export type DrainingChild = Child<DrainRound, DrainResult>;

/** Where the modules of the roles are. */
export const ROLES = {
  publisher: new URL('../roles/publisher.js', import.meta.url),
  listener: new URL('../roles/listener.js', import.meta.url),
  drainer: new URL('../roles/drainer.js', import.meta.url),
  loader: new URL('../roles/loader.js', import.meta.url),
  grower: new URL('../roles/grower.js', import.meta.url),
};

/** As fast as it goes. */
export async function publishTurn(
  stage: Stage,
  child: PublishingChild,
  round: SaturateRound,
): Promise<Figures> {
  const before = stage.serverCpuUs();
  const result = (await child.round(round)) as SaturateResult;
  const { count, elapsedMs, cpuUs } = result;
  const acks = Histogram.from(result.acks);
  return {
    count,
    failed: result.failed,
    perSecond: (count / elapsedMs) * 1_000,
    clientCpuUs: cpuUs / count,
    ...serverShare(stage, before, count),
    ...percentiles(acks),
  };
}

/** In bulk, as fast as it goes. */
export async function loadTurn(
  stage: Stage,
  child: Child<LoadRound, LoadResult>,
  round: LoadRound,
): Promise<Figures> {
  const before = stage.serverCpuUs();
  const { count, elapsedMs, cpuUs } = await child.round(round);
  return {
    count,
    perSecond: (count / elapsedMs) * 1_000,
    clientCpuUs: cpuUs / count,
    ...serverShare(stage, before, count),
  };
}

/** What a stream holds, as fast as it goes. */
export async function drainTurn(
  stage: Stage,
  child: DrainingChild,
  round: DrainRound,
): Promise<Figures> {
  const before = stage.serverCpuUs();
  const { count, elapsedMs, cpuUs } = await child.round(round);
  return {
    count,
    perSecond: (count / elapsedMs) * 1_000,
    clientCpuUs: cpuUs / count,
    ...serverShare(stage, before, count),
  };
}

/** What an open loop offers, and how it is consumed. */
export interface OpenTurn {
  readonly publisher: PublishingChild;
  readonly listeners: readonly ListeningChild[];
  /** How often each message arrives, over all listeners: once where they share the work. Default: at each. */
  readonly copies?: number;
  /** Those who see it besides, each only messages of its keys. */
  readonly views?: Views;
  readonly rate: number;
  readonly durationMs: number;
  /** Offered before, at the same rate, and not counted. Default 300. */
  readonly warmUpMs?: number;
  readonly onProgress?: (sent: number) => void;
}

/** What came of an open loop. */
export interface OpenTurnResult {
  readonly offer: OpenResult;
  readonly heard: readonly ListenResult[];
  /** Of all listeners together. */
  readonly latency: Histogram;
  /** That all listeners together should have got. */
  readonly expected: number;
  /** The viewers' part of that. */
  readonly viewed: number;
  readonly serverCpuUs: number | undefined;
}

const LEAD_MS = 100;
const WARM_UP_MS = 300;
/** Behind the last message. */
const CATCH_UP_MS = 15_000;

/** By a schedule, and how old the messages are when they arrive. */
export async function openTurn(
  stage: Stage,
  {
    publisher,
    listeners,
    copies = listeners.length,
    views,
    rate,
    durationMs,
    warmUpMs = WARM_UP_MS,
    onProgress,
  }: OpenTurn,
): Promise<OpenTurnResult> {
  const startNs = nowNs() + LEAD_MS * 1e6;
  // Between two messages, so that rounding decides nothing.
  const warmUp = Math.ceil((warmUpMs / 1_000) * rate);
  const fromNs = startNs + ((warmUp - 0.5) / rate) * 1e9;
  const counts = listeners.map(() => 0);
  const hearing = listeners.map((each, i) =>
    each.round({ fromNs }, (count) => {
      counts[i] = count;
    }),
  );
  // One that fails is told of by the first await below that sees it.
  for (const each of hearing) each.catch(() => {});
  const before = stage.serverCpuUs();
  const offered = { rate, durationMs: durationMs + (warmUp / rate) * 1_000, startNs };
  const offer = (await publisher.round(offered, onProgress)) as OpenResult;
  const counted = Math.max(0, offer.sent - offer.failed - warmUp);
  const viewed = views === undefined ? 0 : viewsOf(views, warmUp, warmUp + counted);
  const expected = counted * copies + viewed;
  const arrived = () => counts.reduce((sum, count) => sum + count, 0);
  const endMs = performance.now() + CATCH_UP_MS;
  while (arrived() < expected && performance.now() < endMs && !stage.signal.aborted) await delay(5);
  const after = stage.serverCpuUs();
  for (const each of listeners) each.stop();
  const heard = await Promise.all(hearing);
  const latency = new Histogram();
  for (const each of heard) latency.add(each.latency);
  const serverCpuUs = before === undefined || after === undefined ? undefined : after - before;
  return { offer, heard, latency, expected, viewed, serverCpuUs };
}

/** An open loop as the figures of a contest. */
export function openFigures({
  offer,
  heard,
  latency,
  expected,
  serverCpuUs,
}: OpenTurnResult): Figures {
  return {
    offered: offer.offered,
    sent: offer.sent,
    failed: offer.failed,
    count: latency.count,
    missing: Math.max(0, expected - latency.count),
    achievedPerSecond: offer.achievedPerSecond,
    lateP99Us: Histogram.from(offer.late).quantileNs(0.99) / 1_000,
    clientCpuUs:
      (offer.cpuUs + heard.reduce((sum, { cpuUs }) => sum + cpuUs, 0)) / Math.max(1, offer.sent),
    ...(serverCpuUs === undefined ? {} : { serverCpuUs: serverCpuUs / Math.max(1, offer.sent) }),
    ...percentiles(latency),
  };
}

const LATE_P99_MAX_MS = 1;
const ACHIEVED_MIN = 0.99;
const LOOP_DELAY_MAX_MS = 20;

/** Why the figures of an open loop may be worth less than they look. */
export function openWarnings(rate: number, result: OpenTurnResult): string[] {
  const { offer, heard, latency, expected } = result;
  const lateMs = Histogram.from(offer.late).quantileNs(0.99) / 1e6;
  const loopDelayMs = Math.max(...heard.map((each) => each.loopDelayMs));
  const found: string[] = [];
  if (offer.sent < offer.offered || offer.achievedPerSecond < rate * ACHIEVED_MIN)
    found.push(
      `this machine could not offer ${rate}/s: ${Math.round(offer.achievedPerSecond)}/s were sent (${offer.sent} of ${offer.offered})`,
    );
  if (lateMs > LATE_P99_MAX_MS)
    found.push(
      `at ${rate}/s the sender was behind its schedule, p99 ${lateMs.toFixed(1)} ms: latencies count from the schedule, so they hold that too`,
    );
  if (loopDelayMs > LOOP_DELAY_MAX_MS)
    found.push(
      `at ${rate}/s the event loop of a consumer was late, p99 ${loopDelayMs.toFixed(0)} ms`,
    );
  if (offer.failed > 0)
    found.push(`${offer.failed} messages were not stored; the first: ${offer.failure}`);
  const missing = expected - latency.count;
  if (missing > 0)
    found.push(`at ${rate}/s ${missing} of ${expected} deliveries had not arrived when it ended`);
  return found;
}

/** The percentiles that are shown, in microseconds; none of an empty histogram. */
export function percentiles(histogram: Histogram): Figures {
  if (histogram.count === 0) return {};
  const us = (share: number) => histogram.quantileNs(share) / 1_000;
  return {
    p50Us: us(0.5),
    p90Us: us(0.9),
    p99Us: us(0.99),
    p999Us: us(0.999),
    maxUs: histogram.maxNs / 1_000,
  };
}

function serverShare(stage: Stage, before: number | undefined, count: number): Figures {
  const after = stage.serverCpuUs();
  if (before === undefined || after === undefined) return {};
  return { serverCpuUs: (after - before) / count };
}
