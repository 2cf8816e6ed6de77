/** Compares what is declared with what a server has, and says what would have to happen. Changes nothing. */
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Topology } from '../bus.ts';
import { queueTarget, queueVerdict } from '../partitions/queue-change.ts';
import type { Admin } from './admin.ts';
import type { Change, Plan } from './change.ts';
import { foreignOverlaps, workqueueOverlaps } from './foreign-overlap.ts';
import { type Answer, API_CODE, ask, refusal } from './jetstream-api.ts';
import { consumerDifferences, ownMetadata, streamDifferences, toUpdate } from './normal-form.ts';
import { consumerVerdict, gravest, streamVerdict } from './rules.ts';
import type { Fields } from './stream-config.ts';
import { timetableChanges } from './timetables.ts';
import {
  type Contradiction,
  consumerKey,
  toWanted,
  uncovered,
  type WantedConsumer,
  type WantedStream,
} from './wanted.ts';
import { warningsOf } from './warnings.ts';

/** What a server has under the declared names; undefined where there is nothing. */
export interface Live {
  readonly streams: ReadonlyMap<string, StreamInfo>;
  /** By {@link consumerKey}. */
  readonly consumers: ReadonlyMap<string, ConsumerInfo>;
}

/**
 * What it takes to make the server match: for each stream, dead letter stream and durable of the topology whether it is made,
 * changed in place, replaced, or cannot be; and what becomes of timetables. Streams and consumers that it does not name are left alone. After `apply` a plan is
 * empty. One round trip for each part, all at once; more only where something new could collide with what others have.
 *
 * @throws JetlaneError `JETSTREAM_UNAVAILABLE`, `CONNECTION_LOST`, `PERMISSION_DENIED`
 * @example
 * const { changes } = await plan(admin, topology);
 * for (const change of changes) console.log(toLine(change));
 */
export async function plan(admin: Admin, topology: Topology): Promise<Plan> {
  const wanted = toWanted(topology);
  const live = await look(admin, wanted.streams, wanted.consumers);
  const streams = wanted.streams.flatMap(
    (stream) =>
      (stream.queueOf === undefined
        ? streamChange(stream, live.streams.get(stream.name))
        : queueChange(stream, live)) ?? [],
  );
  const replaced = new Set(
    streams.filter(({ action }) => action === 'recreate').map(({ name }) => name),
  );
  const consumers = wanted.consumers.flatMap(
    (consumer) => consumerChange(consumer, replaced.has(consumer.stream) ? NOTHING : live) ?? [],
  );
  const changes = [...wanted.contradictions.map(toForbidden), ...streams, ...consumers];
  const [timetables, ...collisions] = await Promise.all([
    timetableChanges(admin, topology),
    foreignOverlaps(admin, changes, live, wanted.streams),
    workqueueOverlaps(admin, changes, live, wanted),
  ]);
  const refused = collisions.flat().map(toForbidden);
  const names = new Set(refused.map(keyOf));
  return {
    changes: [...refused, ...changes.filter((change) => !names.has(keyOf(change))), ...timetables],
    warnings: warningsOf(wanted, live),
  };
}

/** The change that one stream needs; undefined when it is as declared. */
export function streamChange(
  wanted: WantedStream,
  live: StreamInfo | undefined,
): Change | undefined {
  const { name, config, managed } = wanted;
  const part = { kind: 'stream', name } as const;
  if (!managed) return live === undefined ? missing(name) : foreignProblem(wanted, live);
  if (live === undefined) return { ...part, ...creation(config) };
  const current = live.config as unknown as Fields;
  if (ownMetadata(current).jetlane === undefined) return notOurs(wanted);
  const problem = wanted.problem?.(current);
  if (problem !== undefined) return forbidden(name, problem, 'choose another name for one of them');
  const target = wanted.only === undefined ? config : withSubjectsOf(current, config);
  const fields = streamDifferences(current, target, wanted.only);
  if (fields.length === 0) return undefined;
  const now = Date.parse(live.ts ?? '') || Date.now();
  const verdict = gravest(fields.map((field) => streamVerdict(field, live.state, now)));
  const picked = wanted.only?.map((field) => [field, target[field]]);
  const asked = picked === undefined ? target : { ...current, ...Object.fromEntries(picked) };
  const next = verdict.action === 'recreate' ? target : toUpdate(current, asked, 'stream');
  return { ...part, fields, ...verdict, config: verdict.action === 'forbidden' ? {} : next };
}

/** The change that the queue of a partitioned worker needs; undefined when it is as declared. */
function queueChange(wanted: WantedStream, live: Live): Change | undefined {
  const worker = wanted.queueOf as NonNullable<WantedStream['queueOf']>;
  const existing = live.streams.get(wanted.name);
  const lastSeq = live.streams.get(worker.stream.name)?.state.last_seq ?? 0;
  const config = queueTarget(worker, wanted.config, existing, lastSeq);
  const change = streamChange({ ...wanted, config }, existing);
  if (change === undefined || existing === undefined) return change;
  return queueVerdict(change, worker, wanted.config, existing);
}

/** The change that one durable needs; undefined when it is as declared. */
export function consumerChange(wanted: WantedConsumer, live: Live): Change | undefined {
  const { name, stream, config, app } = wanted;
  const part = { kind: 'consumer', name, stream } as const;
  const info = live.consumers.get(consumerKey(stream, name));
  if (info === undefined) return { ...part, ...creation(ownedBy(app, config)) };
  const current = info.config as unknown as Fields;
  const fields = consumerDifferences(current, config);
  if (fields.length === 0) return undefined;
  if (ownMetadata(current).jetlane === undefined) {
    return {
      ...part,
      action: 'forbidden',
      fields,
      destructive: false,
      why: 'a consumer of this name exists that Jetlane did not make',
      advice: 'give the worker another name, or delete that consumer',
      config: {},
    };
  }
  const retention = live.streams.get(stream)?.config.retention ?? 'limits';
  const verdict = gravest(fields.map((field) => consumerVerdict(field, retention)));
  const owner = ownMetadata(current)[APP_KEY];
  const taken = app !== undefined && owner !== undefined && owner !== app;
  if (!taken || !fields.some(({ field }) => field === 'filter_subjects'))
    return { ...part, fields, ...verdict, config: toUpdate(current, config, 'consumer') };
  return {
    ...part,
    fields,
    ...verdict,
    destructive: true,
    why: `a worker of app '${owner}' has this name and handles other subjects: each would take messages of the other; ${verdict.why}`,
    advice: 'give one of the two workers another name',
    config: toUpdate(current, ownedBy(app, config), 'consumer'),
  };
}

/** The app whose durable it is. Written when it is made; processes of no app leave it as it is. */
const APP_KEY = 'jetlane-app';

function ownedBy(app: string | undefined, config: Fields): Fields {
  if (app === undefined) return config;
  return { ...config, metadata: { ...(config.metadata as object | undefined), [APP_KEY]: app } };
}

/** What a part that does not exist yet needs. */
function creation(config: Fields): Omit<Change, 'kind' | 'name' | 'stream'> {
  const fields = Object.entries(config).map(([field, to]) => ({ field, from: undefined, to }));
  return { action: 'create', fields, destructive: false, why: 'it does not exist', config };
}

/** A stream that is made anew has no consumers. */
const NOTHING: Live = { streams: new Map(), consumers: new Map() };

async function look(
  admin: Admin,
  streams: readonly WantedStream[],
  consumers: readonly WantedConsumer[],
): Promise<Live> {
  const streamInfos = streams.map(async ({ name }) => {
    const info = found(
      await ask<StreamInfo>(admin, `STREAM.INFO.${name}`),
      `reading stream ${name}`,
    );
    return [name, info] as const;
  });
  const consumerInfos = consumers.map(async ({ stream, name }) => {
    const answer = await ask<ConsumerInfo>(admin, `CONSUMER.INFO.${stream}.${name}`);
    return [
      consumerKey(stream, name),
      found(answer, `reading consumer ${name} of ${stream}`),
    ] as const;
  });
  const [streamPairs, consumerPairs] = await Promise.all([
    Promise.all(streamInfos),
    Promise.all(consumerInfos),
  ]);
  return { streams: new Map(present(streamPairs)), consumers: new Map(present(consumerPairs)) };
}

function present<T>(
  pairs: readonly (readonly [string, T | undefined])[],
): (readonly [string, T])[] {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
}

function found<T>(answer: Answer<T>, doing: string): T | undefined {
  if (answer.ok) return answer.value;
  if (answer.code === API_CODE.streamNotFound || answer.code === API_CODE.consumerNotFound)
    return undefined;
  throw refusal(answer, doing);
}

function missing(name: string): Change {
  return forbidden(
    name,
    'it does not exist, and the declaration says that somebody else makes it (managed: false)',
    'have it made, or leave managed: false out',
  );
}

function foreignProblem({ name, carries }: WantedStream, live: StreamInfo): Change | undefined {
  const { subjects = [], mirror, sources } = live.config;
  if (mirror !== undefined || sources !== undefined) return undefined;
  const missed = uncovered(subjects, carries);
  if (missed.length === 0) return undefined;
  return forbidden(
    name,
    `it stores ${subjects.join(', ') || 'nothing'}, not ${missed.join(', ')}, which is declared to travel in it`,
    'add the subject to that stream, or leave the message out of the declaration',
  );
}

function notOurs({ name, only, problem }: WantedStream): Change {
  const why = 'a stream of this name exists that Jetlane did not make';
  if (problem !== undefined) return forbidden(name, why, 'give the bucket another name');
  return forbidden(
    name,
    why,
    only === undefined
      ? 'declare it with managed: false to use it as it is, or choose another name'
      : 'name another stream in deadLetter',
  );
}

function forbidden(name: string, why: string, advice: string): Change {
  return {
    kind: 'stream',
    name,
    action: 'forbidden',
    fields: [],
    destructive: false,
    why,
    advice,
    config: {},
  };
}

function toForbidden(problem: Contradiction): Change {
  return { ...problem, action: 'forbidden', fields: [], destructive: false, config: {} };
}

/** Subjects that others added to a dead letter stream stay. */
function withSubjectsOf(current: Fields, config: Fields): Fields {
  const before = (current.subjects ?? []) as readonly string[];
  const missed = uncovered(before, (config.subjects ?? []) as readonly string[]);
  return { ...config, subjects: [...before, ...missed] };
}

function keyOf({ kind, name, stream }: { kind: string; name: string; stream?: string }): string {
  return `${kind} ${stream ?? ''} ${name}`;
}
