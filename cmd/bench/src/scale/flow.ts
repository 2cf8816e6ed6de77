/**
 * The cost of a message on its way: published, stored, delivered to services, acknowledged. Varied are its size, how many arrive
 * together, how many services read, and the number of copies. One regression over all points tells publishing from
 * delivering, so both are measured while both happen.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../frame/child.ts';
import { BenchFailure } from '../frame/failure.ts';
import type { Host } from './host.ts';
import { freshStream, type Lab } from './lab.ts';
import type { Point } from './point.ts';
import { STREAM } from './report.ts';
import type { PublishResult, PublishRound } from './roles/publisher.ts';
import type { ServiceResult, ServiceRound } from './roles/service.ts';

/** What is set for one point. */
export interface FlowAt {
  readonly sizeBytes: number;
  readonly burst: number;
  readonly services: number;
  /** 1: clients are connected to another server than the one that leads. Only with copies. */
  readonly hop?: 0 | 1;
}

/** Points that the model is fitted to. */
export const FLOW_FIT: readonly FlowAt[] = [
  { sizeBytes: 100, burst: 1, services: 0 },
  { sizeBytes: 100, burst: 1, services: 1 },
  { sizeBytes: 100, burst: 4, services: 1 },
  { sizeBytes: 100, burst: 16, services: 0 },
  { sizeBytes: 100, burst: 16, services: 1 },
  { sizeBytes: 100, burst: 64, services: 2 },
  { sizeBytes: 100, burst: 256, services: 0 },
  { sizeBytes: 100, burst: 256, services: 1 },
  { sizeBytes: 1_000, burst: 4, services: 2 },
  { sizeBytes: 1_000, burst: 64, services: 1 },
  { sizeBytes: 4_000, burst: 64, services: 0 },
  { sizeBytes: 4_000, burst: 16, services: 1 },
  { sizeBytes: 16_000, burst: 16, services: 1 },
  { sizeBytes: 16_000, burst: 16, services: 0 },
  { sizeBytes: 64_000, burst: 16, services: 0 },
  { sizeBytes: 64_000, burst: 4, services: 1 },
];

/** Points that it is checked on. */
export const FLOW_CHECK: readonly FlowAt[] = [
  { sizeBytes: 100, burst: 2, services: 1 },
  { sizeBytes: 100, burst: 32, services: 1 },
  { sizeBytes: 300, burst: 8, services: 2 },
  { sizeBytes: 300, burst: 128, services: 0 },
  { sizeBytes: 500, burst: 64, services: 3 },
  { sizeBytes: 100, burst: 32, services: 4 },
  { sizeBytes: 2_000, burst: 16, services: 1 },
  { sizeBytes: 8_000, burst: 32, services: 1 },
  { sizeBytes: 32_000, burst: 8, services: 1 },
];

/** The copies that are measured, on a cluster of three, and what they are checked on. */
export const REPLICA_FIT: readonly FlowAt[] = [
  { sizeBytes: 100, burst: 64, services: 0, hop: 0 },
  { sizeBytes: 100, burst: 64, services: 0, hop: 1 },
  { sizeBytes: 100, burst: 4, services: 0, hop: 0 },
  { sizeBytes: 100, burst: 16, services: 1, hop: 0 },
  { sizeBytes: 100, burst: 16, services: 1, hop: 1 },
  { sizeBytes: 1_000, burst: 64, services: 1, hop: 0 },
  { sizeBytes: 1_000, burst: 64, services: 2, hop: 0 },
  { sizeBytes: 4_000, burst: 16, services: 0, hop: 0 },
  { sizeBytes: 4_000, burst: 16, services: 0, hop: 1 },
];
/** See `REPLICA_FIT`. */
export const REPLICA_CHECK: readonly FlowAt[] = [
  { sizeBytes: 300, burst: 32, services: 1, hop: 0 },
  { sizeBytes: 300, burst: 32, services: 2, hop: 1 },
  { sizeBytes: 2_000, burst: 64, services: 0, hop: 0 },
  { sizeBytes: 100, burst: 128, services: 2, hop: 0 },
];

/** How to measure. */
export interface FlowOptions {
  readonly replicas: number;
  /** Of publishing, for each point. */
  readonly forMs: number;
  /** How often each point is measured. */
  readonly rounds: number;
}

/** Measures points on servers that run. Calls `keep` for each as soon as it is known. */
export async function measureFlow(
  lab: Lab,
  host: Host,
  { replicas, forMs, rounds }: FlowOptions,
  [fit, check]: readonly [readonly FlowAt[], readonly FlowAt[]],
): Promise<void> {
  const publishers = [await lab.publisher(host)];
  const services = await startServices(lab, host, [...fit, ...check]);
  // What runs for the first time is slow: one point is thrown away.
  const warm = { sizeBytes: 100, burst: 64, services: services.length };
  const run = { lab, host, publishers, services, replicas };
  await flowPoint(run, warm, { forMs, everyMs: 0 });
  for (let round = 0; round < rounds; round++)
    for (const [use, points] of [['fit', fit] as const, ['check', check] as const])
      for (const at of points) {
        if (lab.signal.aborted) return;
        const found = await heardPoint(run, at, { forMs, everyMs: 0 });
        lab.keep({ experiment: 'flow', use, at: { ...at, replicas }, found });
      }
  await lab.end([...publishers, ...services]);
}

/**
 * Open loop at a fixed rate from two publishers: between two bursts all processes sleep, and waking up costs. That is what
 * senders of a real system are like, so plans count it.
 */
export async function measurePaced(lab: Lab, host: Host, forMs: number): Promise<void> {
  const publishers = [await lab.publisher(host), await lab.publisher(host)];
  const services = await startServices(lab, host, [...PACED_FIT, ...PACED_CHECK]);
  const run = { lab, host, publishers, services, replicas: 1 };
  const warm = { sizeBytes: 120, burst: 16, services: services.length };
  await flowPoint(run, warm, { forMs, everyMs: 0 });
  for (const [use, points] of [['fit', PACED_FIT] as const, ['check', PACED_CHECK] as const])
    for (const { everyMs, ...at } of points) {
      if (lab.signal.aborted) return;
      const found = await heardPoint(run, at, { forMs, everyMs });
      const wantedPerSecond = Math.round((publishers.length * at.burst * 1_000) / everyMs);
      lab.keep({ experiment: 'paced', use, at: { ...at, replicas: 1, wantedPerSecond }, found });
    }
  await lab.end([...publishers, ...services]);
}

/** Milliseconds from one burst to the next, of each publisher. */
type PacedAt = FlowAt & { readonly everyMs: number };

const PACED_FIT: readonly PacedAt[] = [
  { sizeBytes: 120, burst: 1, services: 1, everyMs: 2 },
  { sizeBytes: 120, burst: 4, services: 0, everyMs: 4 },
  { sizeBytes: 120, burst: 4, services: 2, everyMs: 4 },
  { sizeBytes: 120, burst: 20, services: 1, everyMs: 10 },
  { sizeBytes: 1_000, burst: 8, services: 1, everyMs: 8 },
  { sizeBytes: 4_000, burst: 4, services: 1, everyMs: 8 },
];

const PACED_CHECK: readonly PacedAt[] = [
  { sizeBytes: 120, burst: 2, services: 1, everyMs: 2 },
  { sizeBytes: 120, burst: 8, services: 1, everyMs: 4 },
  { sizeBytes: 120, burst: 10, services: 3, everyMs: 10 },
  { sizeBytes: 300, burst: 16, services: 2, everyMs: 8 },
  { sizeBytes: 2_000, burst: 4, services: 0, everyMs: 4 },
];

type Publisher = Child<PublishRound, PublishResult>;
type Service = Child<ServiceRound, ServiceResult>;

interface FlowRun {
  readonly lab: Lab;
  readonly host: Host;
  readonly publishers: readonly Publisher[];
  readonly services: readonly Service[];
  readonly replicas: number;
}

async function startServices(
  lab: Lab,
  host: Host,
  points: readonly FlowAt[],
): Promise<readonly Service[]> {
  const most = Math.max(...points.map(({ services }) => services));
  return Promise.all(Array.from({ length: most }, () => lab.service(host)));
}

/** How often a point is tried. */
const TRIES = 3;

/** A consumer whose leader has just moved may be silent for longer than a point takes: then the point says nothing. */
async function heardPoint(
  ...[run, at, pace]: Parameters<typeof flowPoint>
): Promise<Point['found']> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const found = await flowPoint(run, at, pace);
    if (at.services === 0 || (found['deliveries'] ?? 0) > 0) return found;
  }
  throw new BenchFailure(
    `no service was sent anything in ${TRIES} rounds of ${pace.forMs} ms: are the servers healthy?`,
  );
}

async function flowPoint(
  { host, publishers, services, replicas }: FlowRun,
  at: FlowAt,
  { forMs, everyMs }: { readonly forMs: number; readonly everyMs: number },
): Promise<Point['found']> {
  const stream = { replicas };
  await freshStream(host, stream);
  const reading = services.slice(0, at.services);
  const results: Promise<ServiceResult>[] = [];
  const pulling = reading.map(
    (service, i) =>
      new Promise<void>((resolve, reject) => {
        const result = service.round({ durable: `service-${i}`, stream }, () => resolve());
        result.catch(reject);
        results.push(result);
      }),
  );
  await Promise.all(pulling);
  if (replicas > 1) await lead(host, at);
  const before = { cpu: host.cpuUs(), disk: host.diskBytes(), route: await routes(host, replicas) };
  const round: PublishRound = {
    ...at,
    everyMs,
    forMs,
    count: 10_000_000,
    subjects: 1_000,
    firstSubject: 0,
    groups: 10,
  };
  const sent = await Promise.all(publishers.map((publisher) => publisher.round(round)));
  for (const service of reading) service.stop();
  const done = await Promise.all(results);
  const cpu = host.cpuUs().map((us, i) => us - (before.cpu[i] ?? 0));
  const state = (await host.connection.jsm.streams.info(STREAM)).state;
  return {
    ...published(sent),
    ...served(done),
    serverCpuUs: sum(cpu) / state.messages,
    // Where there are copies: what the busiest server, the leader of the stream, had of it.
    ...(replicas > 1 ? { leaderCpuUs: Math.max(...cpu) / state.messages } : {}),
    ...(replicas > 1
      ? { routeBytes: ((await routes(host, replicas)) - before.route) / state.messages }
      : {}),
    storedBytes: state.bytes / state.messages,
    diskBytes: (host.diskBytes() - before.disk) / state.messages,
    serverResidentBytes: host.residentBytes() / (replicas > 1 ? host.urls.length : 1),
  };
}

function published(sent: readonly PublishResult[]): Record<string, number> {
  const count = sum(sent.map((each) => each.count));
  const each = (pick: (result: PublishResult) => number) => sum(sent.map(pick)) / count;
  return {
    messages: count,
    perSecond: (count * 1_000) / Math.max(...sent.map(({ elapsedMs }) => elapsedMs)),
    publisherCpuUs: each(({ cpuUs }) => cpuUs),
    publisherOutBytes: each(({ outBytes }) => outBytes),
    publisherInBytes: each(({ inBytes }) => inBytes),
    publisherResidentBytes: Math.max(...sent.map((result) => result.residentBytes)),
    ackP50Us: Math.max(...sent.map(({ ackP50Us }) => ackP50Us)),
    ackP99Us: Math.max(...sent.map(({ ackP99Us }) => ackP99Us)),
  };
}

function served(done: readonly ServiceResult[]): Record<string, number> {
  if (done.length === 0) return {};
  const count = sum(done.map((each) => each.count));
  const each = (pick: (result: ServiceResult) => number) => sum(done.map(pick)) / count;
  return {
    deliveries: count,
    workerCpuUs: each(({ cpuUs }) => cpuUs),
    workerInBytes: each(({ inBytes }) => inBytes),
    workerOutBytes: each(({ outBytes }) => outBytes),
    workerResidentBytes: Math.max(...done.map((result) => result.residentBytes)),
  };
}

/** Makes the wanted server the leader of the stream and of its consumers: the processes are connected to the first. */
async function lead({ connection, names }: Host, { hop = 0, services }: FlowAt): Promise<void> {
  const preferred = names[hop] ?? '';
  const { jsm, nc, apiPrefix } = connection;
  const durables = Array.from({ length: services }, (_, i) => `service-${i}`);
  const places = [
    { path: `STREAM.LEADER.STEPDOWN.${STREAM}`, leader: () => jsm.streams.info(STREAM) },
    ...durables.map((durable) => ({
      path: `CONSUMER.LEADER.STEPDOWN.${STREAM}.${durable}`,
      leader: () => jsm.consumers.info(STREAM, durable),
    })),
  ];
  for (const { path, leader } of places) {
    for (let tries = 0; ; tries++) {
      const now = await leader().catch(() => undefined);
      if (now?.cluster?.leader === preferred) break;
      if (tries === LEADER_TRIES_MAX)
        throw new BenchFailure(
          `server ${preferred} did not become the leader within ${LEADER_TRIES_MAX / 10} s: measure again`,
        );
      const body = JSON.stringify({ placement: { preferred } });
      if (tries % 10 === 0) await nc.request(`${apiPrefix}.${path}`, body).catch(() => {});
      await delay(100);
    }
  }
  // Pulls that the former leader had are asked for again.
  if (services > 0) await delay(LEADER_SETTLES_MS);
}

const LEADER_TRIES_MAX = 100;
const LEADER_SETTLES_MS = 500;

async function routes(host: Host, replicas: number): Promise<number> {
  return replicas > 1 ? host.routeBytes() : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
