/** What a topology asks of a server, before looking at one; and where its parts contradict each other. Pure. */
import { type AnyStream, internalsOf, patternCovers, patternsOverlap } from '@jetlane/contracts';
import type { BucketSettings } from '../bucket.ts';
import type { Topology } from '../bus.ts';
import { deadLetterSubjects, ownSubjects, replayFilter } from '../dead-letters/subjects.ts';
import { inboxBucket } from '../inbox/inbox.ts';
import { partitionDurable, queueName } from '../partitions/partition-names.ts';
import {
  isPartitioned,
  type PartitionedWorker,
  toPartitionConfig,
  toQueueConfig,
} from '../partitions/queue-config.ts';
import { TICKS } from '../schedule/timetable.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { wantedBucket } from './bucket-config.ts';
import { toConsumerConfig } from './consumer-config.ts';
import { deadLetterName, deadLetterStreams, needsDeadLetters } from './dead-letter-stream.ts';
import { filtersOf } from './normal-form.ts';
import { GUARD, guardOf } from './schedule-guard.ts';
import { type Fields, toStreamConfig } from './stream-config.ts';

/** A stream that has to be there. */
export interface WantedStream {
  readonly name: string;
  readonly config: Fields;
  /** False: somebody else's, only looked at. */
  readonly managed: boolean;
  /** Fields that decide; the others are an operator's. Undefined: all. */
  readonly only: readonly string[] | undefined;
  /** Subjects of what is declared to travel in it. */
  readonly carries: readonly string[];
  /** Why one that exists cannot become it, in words; undefined if nothing is against it. */
  readonly problem?: (live: Fields) => string | undefined;
  /** The partitioned worker whose queue it is; undefined where it is none. */
  readonly queueOf?: PartitionedWorker;
}

/** A durable that has to be there. */
export interface WantedConsumer {
  readonly name: string;
  readonly stream: string;
  readonly config: Fields;
  /** Undefined for the guard of a stream's schedule. */
  readonly worker: WorkerSpec | undefined;
  /** The app that declares it, if one does. */
  readonly app?: string | undefined;
}

/** Two declared parts that cannot both be. */
export interface Contradiction {
  readonly kind: 'stream' | 'consumer';
  readonly name: string;
  readonly stream?: string;
  readonly why: string;
  readonly advice: string;
}

/** See {@link toWanted}. */
export interface Wanted {
  readonly streams: readonly WantedStream[];
  readonly consumers: readonly WantedConsumer[];
  readonly contradictions: readonly Contradiction[];
}

/** Streams, those of its workers and their dead letters included, and durables of a topology. */
export function toWanted({ streams, workers, app }: Topology): Wanted {
  const declared = new Map<string, AnyStream>();
  const contradictions: Contradiction[] = [];
  for (const stream of [...streams, ...workers.map((worker) => worker.stream)]) {
    const known = declared.get(stream.name);
    if (known !== undefined && !sameConfig(known, stream))
      contradictions.push(declaredTwice(stream));
    declared.set(stream.name, known ?? stream);
  }
  const all = [...declared.values()];
  const deadLetters = deadLetterStreams(workers, all).map((config) =>
    toWantedDeadLetters(config, declared),
  );
  const names = new Set(deadLetters.map(({ name }) => name));
  const unique = uniqueWorkers(workers, contradictions);
  const wanted = [
    ...deadLetters,
    ...all
      .filter(({ name }) => !names.has(name))
      .map((stream) =>
        stream.name === TICKS ? toWantedTicks(stream, all) : toWantedStream(stream),
      ),
    ...unique.filter(isPartitioned).map(toWantedQueue),
    ...inboxBuckets(unique).map(wantedBucket),
  ];
  const durables = unique.flatMap(toWantedConsumers).map((each) => ({ ...each, app }));
  contradictions.push(...overlappingStreams(wanted), ...consumerContradictions(durables));
  const guards = wanted.filter(({ managed }) => managed).flatMap(toWantedGuard);
  return { streams: wanted, consumers: [...guards, ...durables], contradictions };
}

/** The buckets of the workers' inboxes, each once, with as many copies as the most that is asked for. */
function inboxBuckets(workers: readonly WorkerSpec[]): BucketSettings[] {
  const buckets = new Map<string, BucketSettings>();
  for (const { inbox, stream } of workers) {
    const bucket = inbox && inboxBucket(inbox, stream.options.replicas ?? 1);
    if (bucket === undefined) continue;
    const known = buckets.get(bucket.name);
    const replicas = most(known?.replicas, bucket.replicas);
    const replicasWhenNew = most(known?.replicasWhenNew, bucket.replicasWhenNew) ?? 1;
    buckets.set(bucket.name, { ...bucket, replicas, replicasWhenNew });
  }
  return [...buckets.values()];
}

function most(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Names a durable across streams. */
export function consumerKey(stream: string, name: string): string {
  return `${stream} ${name}`;
}

/** Two filters of which both would get the same message; without any filter everything is got. */
export function overlapOf(
  a: readonly string[],
  b: readonly string[],
): readonly [string, string] | undefined {
  for (const left of a.length === 0 ? ['>'] : a) {
    for (const right of b.length === 0 ? ['>'] : b) {
      if (patternsOverlap(left, right)) return [left, right];
    }
  }
  return undefined;
}

function toWantedStream(stream: AnyStream): WantedStream {
  return {
    name: stream.name,
    config: toStreamConfig(stream) as Fields,
    managed: stream.options.managed !== false,
    only: undefined,
    carries: stream.options.mirror === undefined ? carriedBy(stream) : [],
  };
}

/** With as many replicas as the best kept stream, when it is made; then they are an operator's to set. */
function toWantedTicks(stream: AnyStream, all: readonly AnyStream[]): WantedStream {
  const replicas = Math.max(1, ...all.map(({ options }) => options.replicas ?? 1));
  const config = { ...toStreamConfig(stream), num_replicas: replicas } as Fields;
  return { ...toWantedStream(stream), config, only: TICKS_FIELDS };
}

const TICKS_FIELDS = [
  'subjects',
  'retention',
  'discard',
  'max_msgs_per_subject',
  'allow_msg_ttl',
  'allow_msg_schedules',
] as const;

/** Where no limits are declared, those of an existing dead letter stream are left as an operator set them. */
function toWantedDeadLetters(
  config: Fields,
  declared: ReadonlyMap<string, AnyStream>,
): WantedStream {
  const name = String(config.name);
  const stream = declared.get(name);
  return {
    name,
    config,
    managed: stream?.options.managed !== false,
    only: stream === undefined ? DEAD_LETTER_FIELDS : undefined,
    carries: [...(stream === undefined ? [] : carriedBy(stream)), ...deadLetterSubjects(name)],
  };
}

const DEAD_LETTER_FIELDS = [
  'subjects',
  'allow_msg_ttl',
  'allow_direct',
  'discard',
  'retention',
] as const;

function toWantedGuard({ name: stream, config }: WantedStream): WantedConsumer[] {
  const guard = guardOf(config);
  return guard === undefined ? [] : [{ name: GUARD, stream, config: guard, worker: undefined }];
}

/** A durable of a worker. */
interface Durable extends WantedConsumer {
  readonly worker: WorkerSpec;
}

function toWantedQueue(worker: PartitionedWorker): WantedStream {
  const config = toQueueConfig(worker) as Fields;
  const name = String(config.name);
  return { name, config, managed: true, only: undefined, carries: [], queueOf: worker };
}

function toWantedConsumers(worker: WorkerSpec): Durable[] {
  if (isPartitioned(worker)) {
    const stream = queueName(worker.stream.name, worker.name);
    return Array.from({ length: worker.partitions.count }, (_, partition) => {
      const config = toPartitionConfig(worker, partition) as Fields;
      return { name: partitionDurable(partition), stream, config, worker };
    });
  }
  const config = toConsumerConfig(worker) as Fields;
  return [{ name: worker.name, stream: worker.stream.name, config, worker }];
}

function carriedBy(stream: AnyStream): string[] {
  return stream.messages.map((message) => internalsOf(message).subject.pattern);
}

function sameConfig(a: AnyStream, b: AnyStream): boolean {
  return (
    a === b ||
    JSON.stringify([a.subjects, a.options, a.partitions]) ===
      JSON.stringify([b.subjects, b.options, b.partitions])
  );
}

function declaredTwice(stream: AnyStream): Contradiction {
  return {
    kind: 'stream',
    name: stream.name,
    why: 'it is declared twice, with different options',
    advice: 'declare it once and import it',
  };
}

function uniqueWorkers(
  workers: readonly WorkerSpec[],
  contradictions: Contradiction[],
): WorkerSpec[] {
  const known = new Map<string, WorkerSpec>();
  for (const worker of workers) {
    const key = `${worker.stream.name} ${worker.name}`;
    const other = known.get(key);
    if (other !== undefined && other !== worker) {
      contradictions.push({
        kind: 'consumer',
        name: worker.name,
        stream: worker.stream.name,
        why: 'two workers share this durable, and each would take messages of the other',
        advice: 'give one of them another name',
      });
    }
    known.set(key, other ?? worker);
  }
  return [...known.values()];
}

function overlappingStreams(streams: readonly WantedStream[]): Contradiction[] {
  const found: Contradiction[] = [];
  streams.forEach((stream, index) => {
    for (const other of streams.slice(index + 1)) {
      const left = (stream.config.subjects ?? []) as readonly string[];
      const right = (other.config.subjects ?? []) as readonly string[];
      if (left.length === 0 || right.length === 0 || !stream.managed || !other.managed) continue;
      const overlap = overlapOf(left, right);
      if (overlap === undefined) continue;
      found.push({
        kind: 'stream',
        name: other.name,
        why: `its subject ${overlap[1]} overlaps ${overlap[0]} of stream ${stream.name}`,
        advice: 'a server stores each subject in one stream: narrow one of them',
      });
    }
  });
  return found;
}

function consumerContradictions(consumers: readonly Durable[]): Contradiction[] {
  return consumers.flatMap((consumer, index) => [
    ...seesJetlanesOwn(consumer),
    ...buriesInItsOwnSource(consumer),
    ...consumers.slice(index + 1).flatMap((other) => overlappingWork(consumer, other)),
  ]);
}

/** Its own replays apart, whatever a durable takes of Jetlane's own subjects is not meant for it. */
function seesJetlanesOwn({ name, stream, config, worker }: Durable): Contradiction[] {
  const own = replayFilter(stream, name);
  const wide = [...worker.filters, ...filtersOf(config)].find(
    (filter) => !patternCovers(own, filter) && patternsOverlap(filter, ownSubjects(stream)),
  );
  if (wide === undefined || worker.stream.options.mirror !== undefined) return [];
  return [
    {
      kind: 'consumer',
      name,
      stream,
      why: `its filter ${wide} also takes ${ownSubjects(stream)}, where replays for other workers travel and messages wait for their time`,
      advice: 'begin the filter with a literal token, such as orders.>',
    },
  ];
}

/** A dead letter that its own worker gets would be buried for ever. */
function buriesInItsOwnSource({ name, stream, worker }: Durable): Contradiction[] {
  if (!needsDeadLetters(worker) || deadLetterName(worker) !== stream) return [];
  const takes = worker.filters.some((filter) =>
    deadLetterSubjects(stream).some((subject) => patternsOverlap(filter, subject)),
  );
  if (!takes && worker.filters.length > 0) return [];
  return [
    {
      kind: 'consumer',
      name,
      stream,
      why: 'it buries messages in the stream that it reads them from',
      advice: 'name another stream in deadLetter',
    },
  ];
}

function overlappingWork(consumer: Durable, other: Durable): Contradiction[] {
  if (consumer.stream !== other.stream || consumer.worker.stream.options.retention !== 'workqueue')
    return [];
  const overlap = overlapOf(filtersOf(consumer.config), filtersOf(other.config));
  if (overlap === undefined) return [];
  return [
    {
      kind: 'consumer',
      name: other.name,
      stream: other.stream,
      why: `its filter ${overlap[1]} overlaps ${overlap[0]} of ${consumer.name}; a workqueue gives each message to one consumer`,
      advice: "make their filters disjoint, or give the stream retention 'interest'",
    },
  ];
}

/** Whether every subject in `inner` is stored under `subjects`. */
export function uncovered(subjects: readonly string[], inner: readonly string[]): string[] {
  return inner.filter((subject) => !subjects.some((outer) => patternCovers(outer, subject)));
}
