/** What a client declares against what the in-process bus has, by the same rules as for a server. Pure. */
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Topology } from '../bus.ts';
import type { Timetable } from '../schedule/timetable.ts';
import type { Change } from '../topology/change.ts';
import { filtersOf } from '../topology/normal-form.ts';
import { consumerChange, type Live, streamChange } from '../topology/plan.ts';
import type { Fields } from '../topology/stream-config.ts';
import { timetableChange, wantedTimetables } from '../topology/timetables.ts';
import {
  type Contradiction,
  consumerKey,
  overlapOf,
  toWanted,
  type Wanted,
  type WantedStream,
} from '../topology/wanted.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import type { StoredMessage } from './stored-message.ts';

/** What the bus has, by name. */
export interface Existing {
  readonly streams: ReadonlyMap<string, { readonly config: Fields; readonly holding: Holding }>;
  /** By {@link consumerKey}. */
  readonly consumers: ReadonlyMap<string, Fields>;
  readonly timetables: ReadonlyMap<string, Timetable>;
}

/** What a stream holds. */
export interface Holding {
  readonly messages: number;
  readonly bytes: number;
  readonly oldest: StoredMessage | undefined;
}

/**
 * The changes that a topology needs, streams first. A stream that somebody else would make (`managed: false`) is made
 * here, because nobody else can.
 */
export function planMemory(topology: Topology, existing: Existing, nowMs: number): Change[] {
  const wanted = toWanted({ ...topology, workers: topology.workers.map(inOneProcess) });
  const live = toLive(existing, nowMs);
  return [
    ...[...wanted.contradictions, ...collisions(wanted, existing)].map(toForbidden),
    ...wanted.streams.flatMap((stream) => {
      const info = live.streams.get(stream.name);
      return streamChange({ ...stream, managed: stream.managed || !info }, info) ?? [];
    }),
    ...wanted.consumers.flatMap((consumer) => consumerChange(consumer, live) ?? []),
    ...wantedTimetables(topology).flatMap(
      (one) => timetableChange(one, existing.timetables.get(one.name)) ?? [],
    ),
  ];
}

/** One process owns all partitions: it reads the stream itself, through one durable. Buckets are no streams here. */
function inOneProcess(worker: WorkerSpec): WorkerSpec {
  return { ...worker, partitions: undefined, inbox: undefined };
}

function toLive(
  { streams, consumers }: Pick<Existing, 'streams' | 'consumers'>,
  nowMs: number,
): Live {
  const infos = [...streams].map(([name, { config, holding }]) => {
    const { messages, bytes, oldest } = holding;
    const first = new Date(oldest?.timeMs ?? 0).toISOString();
    const state = { messages, bytes, first_ts: first };
    return [name, { config, state, ts: new Date(nowMs).toISOString() }] as const;
  });
  return {
    streams: new Map(infos) as unknown as ReadonlyMap<string, StreamInfo>,
    consumers: new Map(
      [...consumers].map(([key, config]) => [key, { config } as unknown as ConsumerInfo]),
    ),
  };
}

/** Collisions with what an earlier start made and this topology does not name. */
function collisions(wanted: Wanted, existing: Existing): Contradiction[] {
  const names = new Set(wanted.streams.map(({ name }) => name));
  const others = [...existing.streams].filter(([name]) => !names.has(name));
  const streams = wanted.streams.flatMap((stream) =>
    others.flatMap(([name, { config }]) => sharedSubjects(stream, name, config)),
  );
  return [...streams, ...sharedWork(wanted, existing)];
}

function sharedSubjects(
  { name, config }: WantedStream,
  other: string,
  has: Fields,
): Contradiction[] {
  const subjects = (fields: Fields) => (fields.subjects ?? []) as readonly string[];
  const overlap = overlapOf(subjects(config), subjects(has));
  if (overlap === undefined || subjects(config).length === 0) return [];
  return [
    {
      kind: 'stream',
      name,
      why: `its subject ${overlap[0]} overlaps ${overlap[1]} of stream ${other}`,
      advice: 'each subject is stored in one stream: narrow one of them',
    },
  ];
}

function sharedWork({ consumers }: Wanted, existing: Existing): Contradiction[] {
  const names = new Set(consumers.map(({ stream, name }) => consumerKey(stream, name)));
  return consumers.flatMap(({ stream, name, config, worker }) => {
    if (worker?.stream.options.retention !== 'workqueue') return [];
    return [...existing.consumers].flatMap(([key, has]): Contradiction[] => {
      if (names.has(key) || !key.startsWith(`${stream} `)) return [];
      const overlap = overlapOf(filtersOf(config), filtersOf(has));
      if (overlap === undefined) return [];
      return [
        {
          kind: 'consumer',
          name,
          stream,
          why: `its filter ${overlap[0]} overlaps ${overlap[1]} of ${key.slice(stream.length + 1)}; a workqueue gives each message to one consumer`,
          advice: 'make their filters disjoint',
        },
      ];
    });
  });
}

function toForbidden(problem: Contradiction): Change {
  return { ...problem, action: 'forbidden', fields: [], destructive: false, config: {} };
}
