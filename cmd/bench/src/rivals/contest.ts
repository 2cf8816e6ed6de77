/** Plays one rival: publish as fast as it goes, work through that, then each rate; each in fresh processes, on a fresh place. */
import type { Child } from '../frame/child.ts';
import { nowNs } from '../frame/clock.ts';
import { cpuTimeUs } from '../frame/cpu-time.ts';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import type { Stage } from '../frame/stage.ts';
import { Histogram } from '../measure/histogram.ts';
import type { RivalReceiverSetup } from '../roles/rival-receiver.ts';
import type {
  RivalSenderResult,
  RivalSenderRound,
  RivalSenderSetup,
} from '../roles/rival-sender.ts';
import type { ArrivalsResult, ArrivalsRound } from './arrivals.ts';
import type { Broker } from './brokers/broker.ts';
import type { FloodResult } from './flood.ts';
import type { OfferResult } from './offer.ts';
import type { Place, Rival } from './rival.ts';
import type { Latency, Throughput, Trial } from './trial.ts';

/** How long, and how much. */
export interface ContestOptions {
  readonly durationMs: number;
  /** Offered, a second. */
  readonly rates: readonly number[];
  readonly keys: number;
  /** Bytes of a position as JSON. */
  readonly size: number;
}

/** See the head of this file. What fails is told in the trial; the rest of it is played all the same. Never rejects. */
export async function contest(
  stage: Stage,
  rival: Rival,
  broker: Broker,
  round: number,
  options: ContestOptions,
): Promise<Trial> {
  const failures: string[] = [];
  const attempt = async <Result>(what: string, play: () => Promise<Result>) => {
    if (stage.signal.aborted) return undefined;
    stage.progress.show(`round ${round}: ${rival.title}, ${what}`);
    return play().catch((error: unknown) => {
      failures.push(`${what}: ${messageOf(error)}`);
      return undefined;
    });
  };
  const speed = await attempt('as fast as it goes', () => fastest(stage, rival, broker, options));
  const latency: Latency[] = [];
  for (const rate of options.rates) {
    const at = await attempt(`${rate}/s`, () => offered(stage, rival, broker, rate, options));
    if (at !== undefined) latency.push(at);
  }
  return {
    rival: rival.id,
    round,
    publish: rival.lacks?.publish === undefined ? (speed?.publish ?? null) : null,
    work: speed?.work ?? null,
    latency,
    failure: failures.length === 0 ? null : failures.join('; '),
  };
}

const SENDER = new URL('../roles/rival-sender.js', import.meta.url);
const RECEIVER = new URL('../roles/rival-receiver.js', import.meta.url);

const FLOOD_WARM_UP_MS = 500;
const OFFER_WARM_UP_MS = 1_000;
/** Between the order and the first message, so that both sides are at it. */
const START_AFTER_MS = 300;
/** What is late by more than that has not arrived. */
const GRACE_MS = 3_000;
/** A step that takes that much longer than planned hangs. */
const HANGS_MS = 45_000;
/** Of all, those by which the consumer's code gets compiled. */
const SKIP_MAX = 5_000;

type SenderChild = Child<RivalSenderRound, RivalSenderResult>;
type ReceiverChild = Child<ArrivalsRound, ArrivalsResult>;

async function fastest(
  stage: Stage,
  rival: Rival,
  broker: Broker,
  { durationMs, keys, size }: ContestOptions,
): Promise<{ readonly publish: Throughput; readonly work: Throughput | null }> {
  return onPlace(stage, rival, broker, { keys, size }, async (sender, place) => {
    const before = serverCpuUs(stage, rival, broker);
    const flood = (await within(
      durationMs,
      sender.round({ do: 'flood', warmUpMs: FLOOD_WARM_UP_MS, durationMs }),
    )) as FloodResult;
    const between = serverCpuUs(stage, rival, broker);
    const publish = {
      perSecond: (flood.counted / flood.elapsedMs) * 1_000,
      cpuUs: flood.cpuUs / flood.counted,
      serverCpuUs: share(before, between, flood.total),
    };
    if (stage.signal.aborted) return { publish, work: null };
    const skip = Math.min(SKIP_MAX, Math.floor(flood.total / 10));
    const wanted = { fromNs: 0, count: flood.total, skip, withinMs: durationMs, afterFirst: true };
    const setup = { rival: rival.id, place, early: false };
    const arrived = await withReceiver(stage, setup, (receiver) =>
      within(durationMs, receiver.round(wanted)),
    );
    const after = serverCpuUs(stage, rival, broker);
    if (arrived.received < 2)
      throw new BenchFailure(
        'nothing arrived at the consumer within the round: try a longer --duration',
      );
    const work = {
      perSecond: ((arrived.received - 1) / arrived.elapsedMs) * 1_000,
      cpuUs: arrived.cpuUs / arrived.received,
      serverCpuUs: share(between, after, arrived.received + skip),
    };
    return { publish, work };
  });
}

async function offered(
  stage: Stage,
  rival: Rival,
  broker: Broker,
  perSecond: number,
  { durationMs, keys, size }: ContestOptions,
): Promise<Latency> {
  return onPlace(stage, rival, broker, { keys, size }, async (sender, place) => {
    const playMs = START_AFTER_MS + OFFER_WARM_UP_MS + durationMs;
    const count = Math.round(((OFFER_WARM_UP_MS + durationMs) / 1_000) * perSecond);
    const skip = Math.round((OFFER_WARM_UP_MS / 1_000) * perSecond);
    const setup = { rival: rival.id, place, early: true };
    const [result, arrived] = await withReceiver(stage, setup, (receiver) => {
      const startNs = nowNs() + START_AFTER_MS * 1e6;
      const withinMs = playMs + GRACE_MS;
      return within(
        playMs,
        Promise.all([
          sender.round({ do: 'offer', perSecond, startNs, count }) as Promise<OfferResult>,
          receiver.round({ fromNs: startNs, count, skip, withinMs, afterFirst: false }),
        ]),
      );
    });
    if (result.failure !== null && arrived.received === 0) throw new BenchFailure(result.failure);
    const latency = Histogram.from(arrived.latencyNs);
    return {
      perSecond,
      p50Us: Math.round(latency.quantileNs(0.5) / 1_000),
      p99Us: Math.round(latency.quantileNs(0.99) / 1_000),
      arrived: arrived.received / (count - skip),
    };
  });
}

let places = 0;

/** A stream, queue or topic of its own, taken away whatever happens. */
async function onPlace<Result>(
  stage: Stage,
  rival: Rival,
  broker: Broker,
  shape: { readonly keys: number; readonly size: number },
  play: (sender: SenderChild, place: Place) => Promise<Result>,
): Promise<Result> {
  const place = { address: broker.address, name: stage.nameFor(`RIVAL${++places}`) };
  const setup: RivalSenderSetup = { rival: rival.id, place, ...shape };
  const sender: SenderChild = await stage.child(SENDER, setup);
  try {
    await within(0, sender.round({ do: 'prepare' }));
    const result = await play(sender, place);
    await within(0, sender.round({ do: 'remove' }));
    return result;
  } catch (error) {
    await sender.end();
    await removeAfterwards(stage, setup);
    throw error;
  } finally {
    await sender.end();
  }
}

/** The process that should have removed it is gone: another does. */
async function removeAfterwards(stage: Stage, setup: RivalSenderSetup): Promise<void> {
  try {
    const sender: SenderChild = await stage.child(SENDER, setup);
    await within(0, sender.round({ do: 'remove' }));
    await sender.end();
  } catch {
    // Told already is why the trial failed; a broker of ours ends with its store.
  }
}

/** Starts the working side, lets `play` use it, and ends it whatever happens. */
async function withReceiver<Result>(
  stage: Stage,
  setup: RivalReceiverSetup,
  play: (receiver: ReceiverChild) => Promise<Result>,
): Promise<Result> {
  const receiver: ReceiverChild = await stage.child(RECEIVER, setup);
  try {
    return await play(receiver);
  } finally {
    await receiver.end();
  }
}

function serverCpuUs(stage: Stage, { broker: name }: Rival, { pids }: Broker): number | undefined {
  return name === 'nats' ? stage.serverCpuUs() : cpuTimeUs(pids);
}

function share(
  before: number | undefined,
  after: number | undefined,
  count: number,
): number | null {
  if (before === undefined || after === undefined || count === 0) return null;
  return (after - before) / count;
}

async function within<Result>(plannedMs: number, work: Promise<Result>): Promise<Result> {
  const limitMs = plannedMs + HANGS_MS;
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    const words = `no end after ${limitMs / 1_000} s`;
    timer = setTimeout(() => reject(new BenchFailure(words)), limitMs);
  });
  try {
    return await Promise.race([work, hangs]);
  } finally {
    clearTimeout(timer);
  }
}
