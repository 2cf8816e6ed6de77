/** Workers, from what the apps declare and from what the server has. Pure. */
import type { AppView, ConsumerRow, Snapshot, ToldWorker, WorkerView } from '../../src/wire.ts';

/** A worker with its consumers on the server. */
export interface WorkerSummary {
  readonly name: string;
  readonly stream: string;
  readonly app: string | null;
  /** As its app declares it; null where the studio was started without that app. */
  readonly declared: WorkerView | null;
  /** One, or one for each partition; empty before it was started for the first time. */
  readonly consumers: readonly ConsumerRow[];
  readonly lag: number;
  readonly ackPending: number;
  /** Over all partitions; null where one of them has no cap. */
  readonly maxAckPending: number | null;
  readonly redelivered: number;
  readonly settledPerSec: number | null;
  /** What its processes tell; null where none does. */
  readonly told: ToldWorker | null;
  /** All of its consumers are paused. */
  readonly paused: boolean;
  /** What asks for attention, each once. */
  readonly attention: readonly string[];
}

/** All workers that are known of, by name. */
export function workersOf(app: AppView | null, snapshot: Snapshot): WorkerSummary[] {
  const found = new Map<string, ConsumerRow[]>();
  const origins = new Map<string, string>();
  for (const { name, queueOf, consumers } of snapshot.streams) {
    for (const consumer of consumers) {
      if (consumer.worker === null || consumer.kind === 'guard') continue;
      const origin = queueOf?.stream ?? name;
      const key = keyOf(origin, consumer.worker);
      origins.set(key, origin);
      found.set(key, [...(found.get(key) ?? []), consumer]);
    }
  }
  const declared = new Map(
    (app?.workers ?? []).map((worker) => [keyOf(worker.stream, worker.name), worker]),
  );
  const keys = new Set([...declared.keys(), ...found.keys()]);
  const told = new Map(snapshot.told.map((each) => [keyOf(each.stream, each.worker), each]));
  return [...keys]
    .map((key) => ({
      ...summary(declared.get(key) ?? null, found.get(key) ?? [], origins.get(key)),
      told: told.get(key) ?? null,
    }))
    .sort((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
}

function summary(
  declared: WorkerView | null,
  consumers: readonly ConsumerRow[],
  origin = '',
): Omit<WorkerSummary, 'told'> {
  const working = consumers.filter(({ kind }) => kind === 'partition');
  const counted = working.length > 0 ? working : consumers;
  const [first] = consumers;
  const caps = counted.map(({ maxAckPending }) => maxAckPending);
  const rates = counted.map(({ settledPerSec }) => settledPerSec);
  return {
    name: declared?.name ?? first?.worker ?? '',
    stream: declared?.stream ?? origin,
    app: declared?.app ?? first?.app ?? null,
    declared,
    consumers,
    lag: sum(counted.map(({ lag }) => lag)),
    ackPending: sum(counted.map(({ ackPending }) => ackPending)),
    maxAckPending: caps.length > 0 && caps.every(isNumber) ? sum(caps) : null,
    redelivered: sum(counted.map(({ redelivered }) => redelivered)),
    settledPerSec: rates.some(isNumber) ? sum(rates.filter(isNumber)) : null,
    paused: consumers.length > 0 && consumers.every(({ paused }) => paused !== null),
    attention: [...new Set(consumers.flatMap(({ attention }) => attention ?? []))],
  };
}

function keyOf(stream: string, worker: string): string {
  return `${stream} ${worker}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function isNumber(value: number | null): value is number {
  return value !== null;
}
