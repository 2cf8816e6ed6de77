/** What several benchmarks set up alike: a stream with its publisher, and workers on it. */
import type { LoadFlags, StreamFlags } from '../frame/flags.ts';
import type { Cell } from '../frame/output.ts';
import type { Stage } from '../frame/stage.ts';
import { type PositionStreamSettings, positionStream } from './position.ts';
import { type ListeningChild, type PublishingChild, ROLES } from './turns.ts';
import type { Views } from './views.ts';

/** A stream of the benchmark, and a process that publishes to it. */
export interface Publishing {
  readonly stream: string;
  readonly prefix: string;
  readonly child: PublishingChild;
}

/** Of the stream that the flags ask for. */
export function settingsOf({ storage, replicas }: StreamFlags): PositionStreamSettings {
  return { storage, replicas, dedupeWindow: '10s' };
}

/** What was asked for, as it is printed. */
export function sharesOf({
  size,
  keys,
  storage,
  replicas,
}: LoadFlags & StreamFlags): Readonly<Record<string, Cell>> {
  return { size, keys, storage, replicas };
}

/** Creates the stream that the flags ask for. */
export async function makeStream(
  stage: Stage,
  what: string,
  flags: StreamFlags,
  settings: PositionStreamSettings = settingsOf(flags),
): Promise<{ readonly stream: string; readonly prefix: string }> {
  const stream = flags.stream ?? stage.nameFor(what);
  const prefix = `bench-${stage.id}`;
  await stage.createStream(positionStream(stream, prefix, settings));
  return { stream, prefix };
}

/** Creates the stream that the flags ask for, and starts a process that publishes to it. */
export async function openPublishing(
  stage: Stage,
  what: string,
  flags: StreamFlags & LoadFlags & { readonly window: number },
  settings: PositionStreamSettings = settingsOf(flags),
): Promise<Publishing> {
  const named = await makeStream(stage, what, flags, settings);
  return { ...named, child: await openPublisherChild(stage, named.prefix, flags) };
}

/** One more process that publishes. */
export function openPublisherChild(
  stage: Stage,
  prefix: string,
  { keys, size, window }: LoadFlags & { readonly window: number },
): Promise<PublishingChild> {
  const shape = { prefix, keys, size };
  return stage.child(ROLES.publisher, { side: 'jetlane', servers: stage.servers, shape, window });
}

/** Starts a process for each durable; equal names share the work. One after another, since each may create its durable. */
export async function openWorkers(
  stage: Stage,
  { stream, prefix }: Pick<Publishing, 'stream' | 'prefix'>,
  {
    durables,
    room,
    settings,
  }: {
    readonly durables: readonly string[];
    readonly room: number;
    readonly settings: PositionStreamSettings;
  },
): Promise<ListeningChild[]> {
  const listeners: ListeningChild[] = [];
  for (const durable of durables) {
    const setup = { servers: stage.servers, stream, settings, prefix, durable, from: 'new', room };
    listeners.push(await stage.child(ROLES.listener, { side: 'worker', ...setup }));
  }
  return listeners;
}

/** Starts one process with all viewers. */
export function openViewers(
  stage: Stage,
  { prefix }: Pick<Publishing, 'prefix'>,
  { viewers, keys }: Views,
): Promise<ListeningChild> {
  const views = { viewers, keys };
  const unused = { stream: '', settings: {}, durable: '', from: 'new', room: 1 };
  return stage.child(ROLES.listener, {
    side: 'gateway',
    servers: stage.servers,
    prefix,
    views,
    ...unused,
  });
}
