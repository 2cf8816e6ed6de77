/** Collisions with streams and consumers that the topology does not name. The server would refuse them too, later and in fewer words. */
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Admin } from './admin.ts';
import type { Change } from './change.ts';
import { ask } from './jetstream-api.ts';
import { filtersOf } from './normal-form.ts';
import type { Fields } from './stream-config.ts';
import {
  type Contradiction,
  overlapOf,
  uncovered,
  type Wanted,
  type WantedStream,
} from './wanted.ts';

/** Streams that already store a subject that a change would add. */
export async function foreignOverlaps(
  admin: Admin,
  changes: readonly Change[],
  live: { readonly streams: ReadonlyMap<string, StreamInfo> },
  wanted: readonly WantedStream[],
): Promise<Contradiction[]> {
  const managed = new Map(
    wanted.filter((stream) => stream.managed).map((stream) => [stream.name, stream]),
  );
  const checks = changes.flatMap((change) => {
    if (change.kind !== 'stream' || change.action === 'forbidden') return [];
    const before = live.streams.get(change.name)?.config.subjects ?? [];
    const added = uncovered(before, (change.config.subjects ?? []) as readonly string[]);
    return added.map(async (subject): Promise<Contradiction[]> => {
      const names = await streamsOf(admin, subject);
      // A declared stream that holds it now and gives it up is changed first.
      const other = names.find((name) => {
        const declared = managed.get(name);
        if (name === change.name) return false;
        if (declared === undefined) return true;
        return (
          overlapOf((declared.config.subjects ?? []) as readonly string[], [subject]) !== undefined
        );
      });
      return other === undefined ? [] : [overlap(change.name, subject, other)];
    });
  });
  return (await Promise.all(checks)).flat();
}

/** Consumers on a workqueue that would take the same messages as a declared one. */
export async function workqueueOverlaps(
  admin: Admin,
  changes: readonly Change[],
  live: { readonly streams: ReadonlyMap<string, StreamInfo> },
  wanted: Pick<Wanted, 'consumers'>,
): Promise<Contradiction[]> {
  const touched = changes.filter(
    ({ kind, stream, action }) =>
      kind === 'consumer' &&
      action !== 'forbidden' &&
      live.streams.get(stream ?? '')?.config.retention === 'workqueue',
  );
  const streams = [...new Set(touched.map(({ stream }) => stream ?? ''))];
  const lists = await Promise.all(
    streams.map(async (stream) => [stream, await consumersOf(admin, stream)] as const),
  );
  const present = new Map(lists);
  const declared = new Set(wanted.consumers.map(({ stream, name }) => `${stream} ${name}`));
  return touched.flatMap((change) => {
    const stream = change.stream ?? '';
    const others =
      present.get(stream)?.filter(({ name }) => !declared.has(`${stream} ${name}`)) ?? [];
    return others.flatMap((other) => sharedWork(change, other));
  });
}

/** Every consumer of a stream, page by page. */
export async function consumersOf(admin: Admin, stream: string): Promise<ConsumerInfo[]> {
  const all: ConsumerInfo[] = [];
  for (;;) {
    const answer = await ask<Page>(admin, `CONSUMER.LIST.${stream}`, { offset: all.length });
    const page = answer.ok ? (answer.value.consumers ?? []) : [];
    all.push(...page);
    if (!answer.ok || page.length === 0 || all.length >= answer.value.total) return all;
  }
}

interface Page {
  readonly total: number;
  readonly consumers: ConsumerInfo[] | null;
}

async function streamsOf(admin: Admin, subject: string): Promise<readonly string[]> {
  const answer = await ask<{ streams: string[] | null }>(admin, 'STREAM.NAMES', { subject });
  return answer.ok ? (answer.value.streams ?? []) : [];
}

function overlap(name: string, subject: string, other: string): Contradiction {
  return {
    kind: 'stream',
    name,
    why: `its subject ${subject} overlaps what stream ${other} stores`,
    advice: `a server stores each subject in one stream: narrow one of them, or declare ${other} with managed: false and use that`,
  };
}

function sharedWork(change: Change, other: ConsumerInfo): Contradiction[] {
  const shared = overlapOf(filtersOf(change.config), filtersOf(other.config as unknown as Fields));
  if (shared === undefined) return [];
  return [
    {
      kind: 'consumer',
      name: change.name,
      stream: change.stream ?? '',
      why: `its filter ${shared[0]} overlaps ${shared[1]} of consumer ${other.name}; a workqueue gives each message to one consumer`,
      advice: `delete consumer ${other.name} if it is no longer used, or make the filters disjoint`,
    },
  ];
}
