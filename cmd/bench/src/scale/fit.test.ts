import { expect, it } from 'vitest';
import { evaluate } from '../plan/least-squares.ts';
import { compare, fitModel } from './fit.ts';
import { LAWS, type Terms } from './laws.ts';
import type { Point, Recording } from './point.ts';

const SERVER = {
  publishMessage: 10,
  publishBurst: 50,
  publishKib: 2,
  deliverMessage: 6,
  deliverBurst: 20,
  deliverKib: 1,
  publishPaced: 30,
  deliverPaced: 15,
};
const FLOW = { message: 8, burst: 30, paced: 40, kib: 1.5 };

function variables(name: string, point: Point, terms: Terms = {}) {
  return LAWS.find((law) => law.name === name)?.x(point, terms) ?? {};
}

/** A point of a world in which these laws are true. */
function flow(
  use: Point['use'],
  [sizeBytes, burst, services, replicas = 1]: number[],
  experiment: 'flow' | 'paced' = 'flow',
): Point {
  const at = { sizeBytes, burst, services, replicas, hop: 0 } as Record<string, number>;
  const point: Point = { experiment, use, at, found: {} };
  const alone = { ...point, at: { ...at, replicas: 1 } };
  const server = evaluate(SERVER, variables('serverCpuUs', alone));
  const size = sizeBytes ?? 0;
  const found = {
    perSecond: 10_000 * replicas,
    publisherCpuUs: evaluate(FLOW, variables('publisherCpuUs', point)),
    serverCpuUs: replicas === 1 ? server : 3 * server,
    workerCpuUs: evaluate(FLOW, variables('workerCpuUs', point)),
    leaderCpuUs: 2 * server,
    storedBytes: 400 + size,
    diskBytes: 6 * (400 + size),
    publisherOutBytes: 410 + size,
    publisherInBytes: 70,
    workerInBytes: 440 + size,
    workerOutBytes: 72,
    routeBytes: 500 + 2 * size,
    publisherResidentBytes: 9e7,
    workerResidentBytes: 9e7,
    serverResidentBytes: 5e7,
  };
  return { ...point, found };
}

function holding(experiment: Point['experiment'], each: number): Point[] {
  return [100, 200, 400].map((count, i) => ({
    experiment,
    use: i === 1 ? 'check' : 'fit',
    at: { [experiment]: count },
    found: {
      heapBytes: 1_000 + each * count,
      residentBytes: 1_000 + 2 * each * count,
      publishCpuUs: 10,
      ackP50Us: 100,
    },
  }));
}

const points: Point[] = [
  ...[
    [100, 1, 0],
    [100, 4, 1],
    [100, 64, 2],
    [1_000, 16, 1],
    [4_000, 64, 0],
    [16_000, 8, 1],
    [64_000, 16, 0],
    [64_000, 4, 2],
  ].map((at) => flow('fit', at)),
  ...[
    [100, 1, 0],
    [100, 4, 2],
    [1_000, 8, 1],
  ].map((at) => flow('fit', at, 'paced')),
  ...[
    [300, 2, 1],
    [8_000, 32, 3],
  ].map((at) => flow('check', at)),
  ...[
    [100, 64, 0, 3],
    [100, 16, 1, 3],
    [4_000, 16, 2, 3],
  ].map((at) => flow('fit', at)),
  ...[0, 1].map(
    (acks): Point => ({
      experiment: 'acks',
      use: 'fit',
      at: { acks },
      found: { deliverCpuUs: 4 + 2 * acks },
    }),
  ),
  ...[1, 3, 100].map(
    (filters): Point => ({
      experiment: 'filters',
      use: 'fit',
      at: { filters, backlog: 0 },
      found: { serverCpuUs: 20 + (filters > 1 ? 5 : 0) + 0.1 * (filters - 1) },
    }),
  ),
  ...holding('ids', 145),
  ...holding('subjects', 138),
  ...holding('consumers', 30_000),
  ...holding('connections', 9_000),
];

const recording: Recording = {
  run: {
    size: 'full',
    durationMs: 1,
    warnings: [],
    environment: {
      machine: 'm',
      cpuModel: 'c',
      cores: 2,
      memoryGiB: 8,
      kernel: 'k',
      node: '20.19.0',
      natsServer: '2.14.0',
      jetlane: '0.1.0',
      loadBefore: 0,
      date: '2020-01-02T03:04:05.000Z',
      command: 'c',
    },
  },
  points,
};

it('finds the laws that the points were made from, publishing told apart from delivering', () => {
  const { laws } = fitModel(recording);
  const near = (terms: object) =>
    Object.fromEntries(
      Object.entries(terms).map(([name, value]) => [name, expect.closeTo(value as number, 2)]),
    );
  expect(laws.serverCpuUs.terms).toEqual(near(SERVER));
  expect(laws.publisherCpuUs.terms).toEqual(near(FLOW));
  expect(laws.workerCpuUs.terms).toEqual(near(FLOW));
  expect(laws.replicatedCpuUs.terms).toMatchObject(near({ publish: 3, deliver: 3 }));
  expect(laws.idBytes.terms).toMatchObject(near({ id: 145 }));
  expect(laws.filterCpuUs.terms).toEqual(near({ message: 20, several: 5, filter: 0.1 }));
});

it('checks each law on the points that it was not fitted to, and on no other', () => {
  const { laws } = fitModel(recording);
  expect(laws.serverCpuUs).toMatchObject({ fitted: 11, checked: 2 });
  expect(laws.serverCpuUs.errorWorst).toBeLessThan(0.01);
  const wrong = points.map((point) =>
    point.use === 'check' && point.experiment === 'flow'
      ? { ...point, found: { ...point.found, serverCpuUs: (point.found['serverCpuUs'] ?? 0) * 2 } }
      : point,
  );
  const off = fitModel({ ...recording, points: wrong }).laws;
  expect(off.serverCpuUs.terms).toEqual(laws.serverCpuUs.terms);
  expect(off.serverCpuUs.errorMedian).toBeCloseTo(0.5, 2);
  expect(compare('serverCpuUs', points, laws).map(({ point }) => point.at['sizeBytes'])).toEqual([
    300, 8_000,
  ]);
});

it('remembers how far was measured', () => {
  expect(fitModel(recording).measuredUpTo).toMatchObject({
    sizeBytes: 64_000,
    services: 3,
    filters: 100,
    connections: 400,
    streamPerSecond: 10_000,
    replicatedStreamPerSecond: 30_000,
  });
});

it('refuses a recording that lacks an experiment', () => {
  const some = points.filter(({ experiment }) => experiment !== 'ids');
  expect(() => fitModel({ ...recording, points: some })).toThrow(
    'no points for the law idBytes: measure again',
  );
});
