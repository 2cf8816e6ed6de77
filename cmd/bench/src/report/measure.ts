/** The measurements of a report, part by part. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CpuProfile, type Flame, toFlame } from '../charts/flame.ts';
import { BenchFailure } from '../frame/failure.ts';
import type { Stage } from '../frame/stage.ts';
import {
  bulkContest,
  type Carrier,
  heapContest,
  KEYS,
  makeStream,
  openCarriers,
  openSide,
  publishContest,
  ROOM,
  replicaContest,
  SETTINGS,
  SIZE,
  type Sizes,
  take,
  WINDOW,
  workContest,
} from '../guard/contests.ts';
import type { Round } from '../measure/contest.ts';
import { Histogram } from '../measure/histogram.ts';
import { whyBroken } from '../measure/knee.ts';
import { openPublisherChild, openViewers, openWorkers } from '../measure/setups.ts';
import {
  type DrainingChild,
  openFigures,
  openTurn,
  type PublishingChild,
  ROLES,
} from '../measure/turns.ts';
import type { Curve, Data, Part, Ramp } from './line.ts';
import { compared, orderFlow } from './others.ts';

/** How long a report takes. */
export interface ReportSizes extends Sizes {
  readonly rates: readonly number[];
  /** Of each step as the rate rises. */
  readonly stepMs: number;
  readonly profileMs: number;
}

/** Each part by its name. */
export const MEASURE: {
  readonly [P in Part]: (stage: Stage, sizes: ReportSizes) => Promise<Data[P]>;
} = {
  publish: publishContest,
  work: workContest,
  endToEnd,
  load,
  bulk: bulkContest,
  replicas: replicaContest,
  fanout,
  compared,
  orderFlow,
  heap: heapContest,
  flames,
};

const CARRIERS: readonly Carrier[] = ['jetlane', 'idiomatic', 'core'];
/** The shares of messages at which a curve is kept. */
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999];

async function endToEnd(stage: Stage, sizes: ReportSizes): Promise<Data['endToEnd']> {
  const carriers = await openCarriers(stage, CARRIERS, 'E');
  const rates: Record<string, Round[]> = {};
  const curves: Curve[] = [];
  for (const rate of sizes.rates) {
    const all = new Map(CARRIERS.map((name) => [name as string, new Histogram()]));
    rates[rate] = await take(stage, `end to end at ${rate}/s`, sizes.rounds, (durationMs) =>
      Object.fromEntries(
        Object.entries(carriers).map(([name, carry]) => [
          name,
          async () => {
            const result = await carry(rate, durationMs ?? sizes.roundMs);
            // The warm-up names its own duration.
            if (durationMs === undefined) all.get(name)?.add(result.latency.data());
            return openFigures(result);
          },
        ]),
      ),
    );
    for (const [side, histogram] of all)
      curves.push({
        rate,
        side,
        points: SHARES.map((share) => [share, Math.round(histogram.quantileNs(share) / 100) / 10]),
      });
  }
  return { rates, curves };
}

const RAMP_FROM = 1_000;
const RAMP_FACTOR = 1.5;
const RAMP_STEPS_MAX = 16;
const RAMP_LIMIT_US = 100_000;

/** All carriers at one rate, then at the next: who broke plays no more. */
async function load(stage: Stage, { stepMs }: ReportSizes): Promise<Ramp[]> {
  const carriers = await openCarriers(stage, CARRIERS, 'L');
  const ramps = CARRIERS.map((side) => ({
    side,
    steps: [] as { rate: number; p50Us: number; p99Us: number }[],
    broke: null as Ramp['broke'],
  }));
  let rate = RAMP_FROM;
  for (let i = 0; i < RAMP_STEPS_MAX && ramps.some(({ broke }) => broke === null); i++) {
    for (const ramp of ramps) {
      if (ramp.broke !== null) continue;
      assertGoingOn(stage);
      stage.progress.show(`load: ${ramp.side} at ${rate}/s`);
      const figures = openFigures(
        await (carriers[ramp.side] as NonNullable<(typeof carriers)[string]>)(rate, stepMs),
      );
      const { p50Us = Number.NaN, p99Us = Number.NaN } = figures;
      if (Number.isFinite(p50Us))
        ramp.steps.push({ rate, p50Us: Math.round(p50Us), p99Us: Math.round(p99Us) });
      const why = whyBroken(rate, figures, RAMP_LIMIT_US);
      if (why !== undefined) ramp.broke = { rate, why };
    }
    rate = Math.round((rate * RAMP_FACTOR) / 100) * 100;
  }
  return ramps;
}

const FANOUT = { rate: 2_500, workers: 4, viewers: 200 };

async function fanout(stage: Stage, { rounds, roundMs }: ReportSizes): Promise<Round[]> {
  const side = await openSide(stage, 'jetlane', 'FANOUT');
  const durables = Array.from({ length: FANOUT.workers }, (_, i) => `fanout-${i + 1}`);
  const workers = await openWorkers(stage, side, { durables, room: ROOM, settings: SETTINGS });
  const views = { viewers: FANOUT.viewers, keys: KEYS };
  const viewers = await openViewers(stage, side, views);
  const { core } = await openCarriers(stage, ['core'], 'F');
  const { rate } = FANOUT;
  const turn = (durationMs: number) => async () => {
    const result = await openTurn(stage, {
      publisher: side.child,
      listeners: [...workers, viewers],
      copies: FANOUT.workers,
      views,
      rate,
      durationMs,
    });
    const ours = new Histogram();
    for (const each of result.heard.slice(0, FANOUT.workers)) ours.add(each.latency);
    const seen = Histogram.from(result.heard.at(-1)?.latency);
    return {
      ...openFigures({ ...result, latency: ours }),
      missing: Math.max(0, result.expected - result.viewed - ours.count),
      viewersP50Us: seen.quantileNs(0.5) / 1_000,
      viewersP99Us: seen.quantileNs(0.99) / 1_000,
      viewersMissing: Math.max(0, result.viewed - seen.count),
    };
  };
  return take(stage, 'fan-out', rounds, (durationMs = roundMs) => ({
    jetlane: turn(durationMs),
    core: async () => openFigures(await (core as NonNullable<typeof core>)(rate, durationMs)),
  }));
}

const PROFILE_PRELOAD = 400_000;
const PROFILE_END_MS = 60_000;

/** CPU profiles of both hot paths, each in a process that does nothing else. */
async function flames(stage: Stage, { profileMs }: ReportSizes): Promise<Data['flames']> {
  const { stream, prefix } = await makeStream(stage, 'FLAMES');
  const load = { keys: KEYS, size: SIZE, window: WINDOW };
  const loader = await openPublisherChild(stage, prefix, load);
  const publish = await profiled(stage, 'Publishing: client.publish', async (execArgv) => {
    const setup = {
      side: 'jetlane',
      servers: stage.servers,
      shape: { prefix, ...load },
      window: WINDOW,
    };
    const child: PublishingChild = await stage.child(ROLES.publisher, setup, { execArgv });
    await child.round({ durationMs: profileMs, window: WINDOW });
    await child.end(PROFILE_END_MS);
  });
  await loader.round({ durationMs: 600_000, msgs: PROFILE_PRELOAD, window: WINDOW });
  const work = await profiled(stage, 'Working: worker with lanes', async (execArgv) => {
    const setup = {
      side: 'worker',
      servers: stage.servers,
      stream,
      settings: SETTINGS,
      prefix,
      room: ROOM,
    };
    const child: DrainingChild = await stage.child(ROLES.drainer, setup, { execArgv });
    await child.round({ durable: 'flames', durationMs: profileMs, msgs: PROFILE_PRELOAD });
    await child.end(PROFILE_END_MS);
  });
  return { publish, work };
}

async function profiled(
  stage: Stage,
  title: string,
  play: (execArgv: readonly string[]) => Promise<void>,
): Promise<Flame> {
  assertGoingOn(stage);
  stage.progress.show(`profile: ${title}`);
  const folder = await mkdtemp(join(tmpdir(), 'jetlane-bench-'));
  try {
    await play(['--cpu-prof', `--cpu-prof-dir=${folder}`]);
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
    if (file === undefined) throw new BenchFailure(`${title}: node wrote no CPU profile`);
    return toFlame(JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile, title);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function assertGoingOn({ signal }: Stage): void {
  if (signal.aborted) throw new BenchFailure('interrupted before the end: nothing was recorded');
}
