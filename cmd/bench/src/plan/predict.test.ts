import { expect, it } from 'vitest';
import { LAW_NAMES, type LawName } from './law-names.ts';
import { FORMAT, type ScaleModel } from './model.ts';
import { planLines } from './plan-view.ts';
import { type Plan, predict } from './predict.ts';
import { type Question, toQuestion } from './question.ts';

/** Round numbers, so that every sum can be done in the head. */
const TERMS: Readonly<Partial<Record<LawName, Readonly<Record<string, number>>>>> = {
  publisherCpuUs: { message: 8, burst: 16, paced: 99, kib: 0 },
  serverCpuUs: {
    publishMessage: 10,
    publishBurst: 40,
    publishPaced: 80,
    publishKib: 0,
    deliverMessage: 5,
    deliverBurst: 0,
    deliverKib: 0,
  },
  workerCpuUs: { message: 10, burst: 0, kib: 0 },
  replicatedCpuUs: { publish: 3, deliver: 4, crossing: 4 },
  leaderCpuUs: { publish: 2, deliver: 2, crossing: 0 },
  filterCpuUs: { message: 20, several: 3, filter: 1 },
  subjectCpuUs: { message: 20, logSubjects: 2 },
  idResidentBytes: { base: 0, id: 200 },
  subjectResidentBytes: { base: 0, subject: 100 },
  consumerResidentBytes: { base: 0, consumer: 1_000 },
  connectionResidentBytes: { base: 0, connection: 10_000 },
  storedBytes: { message: 400, byte: 1 },
  diskBytes: { stored: 1, burst: 0 },
  replicatedDiskBytes: { stored: 6, delivery: 0 },
  publisherOutBytes: { message: 400, byte: 1 },
  publisherInBytes: { message: 70 },
  workerInBytes: { message: 400, byte: 1 },
  workerOutBytes: { message: 70 },
  routeBytes: { message: 500, byte: 2, delivery: 0, hopMessage: 100, hopByte: 1 },
  serverResidentBytes: { process: 50_000_000 },
  workerResidentBytes: { process: 100_000_000 },
};

const model: ScaleModel = {
  format: FORMAT,
  date: '2020-01-02T03:04:05.000Z',
  machine: 'a machine',
  command: 'a command',
  size: 'full',
  node: '20.19.0',
  natsServer: '2.14.0',
  jetlane: '0.1.0',
  laws: Object.fromEntries(
    LAW_NAMES.map((name) => [
      name,
      {
        gives: '',
        terms: TERMS[name] ?? {},
        fitted: 1,
        checked: 0,
        errorMedian: null,
        errorWorst: null,
      },
    ]),
  ) as ScaleModel['laws'],
  measuredUpTo: {
    sizeBytes: 64_000,
    services: 4,
    subjects: 1_000_000,
    ids: 1_000_000,
    consumers: 1_000,
    filters: 100,
    connections: 5_000,
    streamPerSecond: 100_000,
    replicatedStreamPerSecond: 50_000,
  },
};

const base = {
  kind: 'drivers',
  senders: 1_000,
  subjects: 1_000,
  intervalMs: 100,
  sizeBytes: 100,
  services: 2,
  burst: 4,
  replicas: 1,
  dedupeWindowMs: 10_000,
  retentionMs: 60_000,
} as const;

const plan = (more: Partial<Question> = {}) => predict(toQuestion({ ...base, ...more }), model);

function value({ sections }: Plan, id: string): number | undefined {
  return sections.flatMap(({ steps }) => steps).find((step) => step.id === id)?.value;
}

it('does the sums that it shows', () => {
  const one = plan();
  expect(Object.fromEntries(PARTS.map((id) => [id, value(one, id)]))).toEqual({
    rate: 10_000,
    deliveries: 20_000,
    ids: 100_000,
    publisherUs: 8 + 16 / 4,
    publishUs: 10 + 40 / 4,
    deliverUs: 5,
    serversUs: 20 + 2 * 5,
    serverCores: 0.3,
    serverCoresAsleep: 0.3 + 0.2,
    idsBytes: 100_000 * 200,
    keptBytes: 10_000 * 500 * 60,
    writtenBytes: 10_000 * 500,
    inBytes: 10_000 * 500 + 20_000 * 70,
    outBytes: 10_000 * 70 + 20_000 * 500,
  });
  expect(one.answer).toMatchObject({
    messagesPerSecond: 10_000,
    servers: 1,
    streams: 1, // 25,000/s by half of a core
    publishers: 1,
    workersPerService: 1,
    partitions: 2,
  });
});

const PARTS = [
  'rate',
  'deliveries',
  'ids',
  'publisherUs',
  'publishUs',
  'deliverUs',
  'serversUs',
  'serverCores',
  'serverCoresAsleep',
  'idsBytes',
  'keptBytes',
  'writtenBytes',
  'inBytes',
  'outBytes',
];

it('counts all copies, their acks, and clients that are connected anywhere', () => {
  const three = plan({ replicas: 3 });
  expect(value(three, 'serversUs')).toBe(3 * 20 + 2 * (4 * 5));
  expect(value(three, 'serverCores')).toBeCloseTo(10_000 * (100 + 4 * 3) * 1e-6, 9);
  expect(value(three, 'keptBytes')).toBe(3 * (value(plan(), 'keptBytes') ?? 0));
  expect(three.answer).toMatchObject({ servers: 3, serversBoundBy: 'copies' });
  expect(value(three, 'withOneAway')).toBeCloseTo((100 * 1.12) / 16, 9);
});

it('spreads a hot stream over several, and its work over processes', () => {
  const { answer } = plan({ senders: 100_000, subjects: 1_000 });
  expect(answer).toMatchObject({
    messagesPerSecond: 1_000_000,
    streams: 40, // 25,000/s each
    workersPerService: 20, // 10 cores, half busy
    partitions: 1,
    publishers: 24,
  });
});

it.each([
  ['CPU', { senders: 100_000 }],
  ['network', { networkPerServerBits: 1e8 }],
  ['memory', { memoryPerServerBytes: 80_000_000 }],
  ['writing', { diskPerServerBytes: 4_000_000 }],
] as const)('says that %s decides when it is scarce', (what, more) => {
  const { answer } = plan(more);
  expect(answer.servers).toBeGreaterThan(1);
  expect(answer.serversBoundBy).toBe(what);
});

it('adds what filters, subjects and code of one’s own cost', () => {
  const dear = plan({ filters: 11, subjects: 100_000, handlerCpuUs: 100, senderCpuUs: 50 });
  expect(value(dear, 'deliverUs')).toBe(5 + 3 + 10);
  expect(value(dear, 'publishUs')).toBe(20 + 2 * 2);
  expect(value(dear, 'workerUs')).toBe(110);
  expect(value(dear, 'publisherUs')).toBe(62);
  expect(value(plan({ cpuFactor: 0.5, handlerCpuUs: 7 }), 'workerUs')).toBe(12);
});

it('needs no workers without services, and no publishers for devices', () => {
  const silent = plan({ services: 0 });
  expect(silent.answer).toMatchObject({ workersPerService: 0, servers: 1 });
  expect(Object.values(silent.answer).filter((each) => typeof each === 'number')).not.toContain(
    Number.NaN,
  );
  const devices = predict(toQuestion({ kind: 'devices', senders: 1_000_000 }), model);
  expect(devices.answer.publishers).toBe(0);
  expect(value(devices, 'connectionsBytes')).toBeGreaterThanOrEqual(1e10);
});

it('says where it guesses', () => {
  const notes = plan({ sizeBytes: 100_000, services: 9, filters: 500 }).warnings.join('\n');
  for (const words of ['100,000 bytes a message', '9 services', '500 filters'])
    expect(notes).toContain(words);
  expect(plan().warnings).toEqual([]);
  expect(predict(toQuestion(base), { ...model, size: 'quick' }).warnings.join()).toContain('quick');
});

it('prints the answer first and each sum with its numbers', () => {
  const text = planLines(plan(), model).join('\n');
  for (const words of [
    '1,000 drivers, a message of 100 B each every 100 ms, 2 services with one filter, one copy',
    'servers      1 (decided by CPU)',
    '= 1,000 drivers ÷ 100 ms',
    '= 10 + 40 × 0.25',
    '= 10,000/s × 2 services',
    'Model: full run of 2020-01-02, `a command`, on a machine.',
  ])
    expect(text).toContain(words);
});
