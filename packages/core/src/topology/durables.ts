/** The durables of a worker, wherever they are, and pausing them. */
import { JetlaneError } from '@jetlane/contracts';
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import { listStreams } from '../doctor/streams.ts';
import { QUEUE_KEYS } from '../partitions/partition-names.ts';
import type { Admin } from './admin.ts';
import { consumersOf } from './foreign-overlap.ts';
import { ask, unwrap } from './jetstream-api.ts';
import { KEEPER_PREFIX } from './move-consumer.ts';

/** Which worker. */
export interface WorkerName {
  readonly worker: string;
  /** Its stream; needed where workers of several streams have this name. */
  readonly stream?: string | undefined;
}

/** A durable that was paused or resumed. */
export interface PausedDurable {
  readonly stream: string;
  readonly durable: string;
  /** Undefined: it delivers. */
  readonly pausedUntil: Date | undefined;
}

/**
 * All durables of a worker: one, or one for each partition.
 *
 * @throws JetlaneError `CONFIG_INVALID` when there is none, or when workers of several streams have this name
 */
export async function durablesOf(
  admin: Admin,
  { worker, stream }: WorkerName,
): Promise<readonly ConsumerInfo[]> {
  const lists = await Promise.all(
    (await listStreams(admin)).map(async ({ config }) => {
      const consumers = await consumersOf(admin, config.name);
      return consumers.filter(isWorkers).map((info) => ({ info, ...ownerOf(info, config) }));
    }),
  );
  const known = lists.flat().filter((each) => stream === undefined || each.stream === stream);
  const found = known.filter((each) => each.worker === worker);
  const names = [...new Set(known.map((each) => each.worker))].sort();
  const streams = [...new Set(found.map((each) => each.stream))];
  const problem = workerProblem({ worker, stream }, names, streams);
  if (problem !== undefined) throw new JetlaneError('CONFIG_INVALID', problem);
  return found.map(({ info }) => info);
}

/** The worker that a durable belongs to, and the stream that this one reads: the queue of a partitioned worker says both. */
export function ownerOf(
  { name }: Pick<ConsumerInfo, 'name'>,
  config: Pick<StreamInfo['config'], 'name' | 'metadata'>,
): { readonly worker: string; readonly stream: string } {
  const { [QUEUE_KEYS.worker]: worker = name, [QUEUE_KEYS.stream]: stream = config.name } =
    config.metadata ?? {};
  return { worker, stream };
}

/** Not those that only keep something: they have a role, or stand in for one that is being replaced. */
function isWorkers({ name, config }: ConsumerInfo): boolean {
  const { jetlane, 'jetlane-role': role } = config.metadata ?? {};
  return jetlane !== undefined && role === undefined && !name.startsWith(KEEPER_PREFIX);
}

/** Why a name does not say which worker is meant. Also for the in-process bus. */
export function workerProblem(
  { worker, stream }: WorkerName,
  known: readonly string[],
  streams: readonly string[],
): string | undefined {
  const where = stream === undefined ? '' : ` on stream ${stream}`;
  if (streams.length === 0)
    return `there is no worker '${worker}'${where}; ${known.length === 0 ? 'no worker has been started there yet' : `known: ${known.join(', ')}`}`;
  return streams.length === 1
    ? undefined
    : `workers of several streams are called '${worker}': say which stream, ${streams.join(' or ')}`;
}

/**
 * Stops the delivery to a worker over all processes for so long, `Infinity` until it is resumed, or with 0 lets it go on. The
 * server keeps it, and measures it by its own clock.
 *
 * @throws JetlaneError `CONFIG_INVALID` for a worker that is not there; `CONNECTION_LOST`, `PERMISSION_DENIED`
 */
export async function pauseDurables(
  admin: Admin,
  which: WorkerName,
  forMs: number,
): Promise<PausedDurable[]> {
  const durables = await durablesOf(admin, which);
  return Promise.all(durables.map((durable) => pause(admin, durable, forMs)));
}

/** The end of a pause without one: the server knows no other. */
export const UNTIL_RESUMED = new Date('2200-01-01T00:00:00Z');

/** When a pause ends by itself the server delivers at once; when it is taken back, with its next heartbeat. So it ends soon. */
const SOON_MS = 100;

async function pause(admin: Admin, info: ConsumerInfo, forMs: number): Promise<PausedDurable> {
  const { stream_name: stream, name: durable, ts, paused } = info;
  if (forMs <= 0 && paused !== true) return { stream, durable, pausedUntil: undefined };
  const nowMs = Date.parse(ts ?? '') || Date.now();
  const until =
    forMs === Number.POSITIVE_INFINITY
      ? UNTIL_RESUMED
      : new Date(nowMs + (forMs <= 0 ? SOON_MS : forMs));
  const body = { pause_until: until.toISOString() };
  const answer = await ask(admin, `CONSUMER.PAUSE.${stream}.${durable}`, body);
  unwrap(answer, `pausing consumer ${durable} of ${stream}`);
  return { stream, durable, pausedUntil: forMs <= 0 ? undefined : until };
}
