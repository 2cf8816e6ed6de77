/** Everything that a snapshot shows, read from the server once: some requests, however many pages are open. */
import type { KnownApps } from '../apps/known-apps.ts';
import { toFailure, toGap } from '../failure.ts';
import type { ConsumerInfo, Nats, StreamInfo } from '../nats.ts';
import type { DeadLetterStream, Gap } from '../wire.ts';
import {
  countLetters,
  type ReadList,
  readConsumer,
  readConsumers,
  readStream,
  readStreams,
} from './read-lists.ts';
import { letterSubject, placeOf } from './stream-place.ts';

/** What was read. */
export interface Reading {
  readonly account: AccountInfo | undefined;
  readonly streams: ReadList<StreamInfo>;
  /** By stream. */
  readonly consumers: ReadonlyMap<string, readonly ConsumerInfo[]>;
  readonly letters: readonly DeadLetterStream[];
  readonly rttMs: number | null;
  readonly gaps: readonly Gap[];
}

/** What `$JS.API.INFO` answers, as far as it is used. */
export interface AccountInfo {
  readonly memory: number;
  readonly storage: number;
  readonly streams: number;
  readonly consumers: number;
  readonly limits: {
    readonly max_memory: number;
    readonly max_storage: number;
    readonly max_streams: number;
    readonly max_consumers: number;
  };
  readonly api: { readonly total: number; readonly errors: number };
}

/** Streams in a snapshot. */
const STREAMS_MAX = 200;
/** Consumers in a snapshot, over all streams. */
const CONSUMERS_MAX = 1_000;
/** And of one stream: what the server gives at once. */
const CONSUMERS_OF_STREAM_MAX = 256;

/**
 * Reads all that there is. What may not be read, or is not answered, is a gap.
 *
 * @throws Failure where nothing at all is answered
 */
export async function readAll(nats: Nats, apps: KnownApps): Promise<Reading> {
  const gaps = new Gaps();
  const [account, streams, rttMs] = await Promise.all([
    gaps.without(undefined, "the account's limits", nats.ask<AccountInfo>('INFO')),
    streamsOf(nats, apps, gaps),
    nats.run('a ping', () => nats.connection.nc.rtt()).catch(() => null),
  ]);
  const rationed = ration(streams.items);
  if (rationed.left > 0)
    gaps.add(`${rationed.left} consumers`, {
      code: 'LIMIT',
      words: `A snapshot holds ${CONSUMERS_MAX} consumers, and ${CONSUMERS_OF_STREAM_MAX} of a stream: the others are in the list of their stream.`,
    });
  const [lists, letters] = await Promise.all([
    Promise.all(
      rationed.rations.map(async ({ stream, max }) => {
        const infos = await consumersOf(nats, apps, gaps, { stream, max });
        return [stream, infos] as const;
      }),
    ),
    Promise.all(streams.items.flatMap((stream) => lettersIn(nats, gaps, stream))),
  ]);
  return { account, streams, consumers: new Map(lists), letters, rttMs, gaps: gaps.list() };
}

/** All streams; where these credentials may not list them, those that the apps declare. */
async function streamsOf(nats: Nats, apps: KnownApps, gaps: Gaps): Promise<ReadList<StreamInfo>> {
  try {
    return await readStreams(nats, STREAMS_MAX);
  } catch (error) {
    const { code, message } = toFailure(error);
    if (code !== 'PERMISSION_DENIED') throw error;
    const names = [...new Set(apps.view.apps.flatMap(({ streams }) => streams))];
    const rest = names.length === 0 ? '' : ' Shown are the streams that the app declares.';
    gaps.add('the list of streams', { code, words: `${message}${rest}` });
    const found = await Promise.all(
      names
        .slice(0, STREAMS_MAX)
        .map((name) => gaps.without(undefined, `stream ${name}`, readStream(nats, name))),
    );
    const items = found.filter((each) => each !== undefined);
    return { items, total: items.length };
  }
}

/** Consumers of a stream; where they may not be listed, the durables that the apps declare. */
async function consumersOf(
  nats: Nats,
  apps: KnownApps,
  gaps: Gaps,
  { stream, max }: Ration,
): Promise<readonly ConsumerInfo[]> {
  try {
    return (await readConsumers(nats, stream, max)).items;
  } catch (error) {
    gaps.add(`consumers of ${stream}`, toGap('', error));
    if (toFailure(error).code !== 'PERMISSION_DENIED') return [];
    const declared = apps.view.workers
      .flatMap(({ durables }) => durables)
      .filter((durable) => durable.stream === stream);
    const found = await Promise.all(
      declared
        .slice(0, max)
        .map(({ consumer }) => readConsumer(nats, stream, consumer).catch(() => undefined)),
    );
    return found.filter((each) => each !== undefined);
  }
}

function lettersIn(
  nats: Nats,
  gaps: Gaps,
  { config, state }: StreamInfo,
): Promise<DeadLetterStream>[] {
  const { name } = placeOf(config);
  const subjects = letterSubject(config.subjects);
  if (subjects === undefined) return [];
  const unsure = { name, count: state.messages, exact: state.messages === 0 };
  if (state.messages === 0) return [Promise.resolve(unsure)];
  const counted = countLetters(nats, name, subjects).then((count) => ({
    name,
    count,
    exact: true,
  }));
  return [gaps.without(unsure, `how many dead letters ${name} keeps`, counted)];
}

interface Ration {
  readonly stream: string;
  readonly max: number;
}

/** How many consumers of each stream are read. */
function ration(streams: readonly StreamInfo[]): {
  readonly rations: readonly Ration[];
  readonly left: number;
} {
  const rations: Ration[] = [];
  let room = CONSUMERS_MAX;
  let left = 0;
  for (const { config, state } of streams) {
    const max = Math.min(state.consumer_count, CONSUMERS_OF_STREAM_MAX, room);
    room -= max;
    left += state.consumer_count - max;
    if (max > 0) rations.push({ stream: config.name, max });
  }
  return { rations, left };
}

/** What is missing. The same words for several things are one gap. */
class Gaps {
  readonly #byWords = new Map<string, { readonly code: string; readonly whats: string[] }>();

  add(what: string, { code, words }: Pick<Gap, 'code' | 'words'>): void {
    // Which subject was refused differs from thing to thing, and says the same.
    const key = code === 'PERMISSION_DENIED' && this.#byWords.size >= GAPS_MAX ? MORE : words;
    const gap = this.#byWords.get(key) ?? { code, whats: [] };
    gap.whats.push(what);
    this.#byWords.set(key, gap);
  }

  /** What comes of some work, or `instead` and a gap. */
  async without<T, U>(instead: U, what: string, work: Promise<T>): Promise<T | U> {
    try {
      return await work;
    } catch (error) {
      this.add(what, toGap(what, error));
      return instead;
    }
  }

  list(): Gap[] {
    return [...this.#byWords].slice(0, GAPS_MAX + 1).map(([words, { code, whats }]) => ({
      what: listed(whats),
      code,
      words,
    }));
  }
}

const GAPS_MAX = 10;
const MORE = 'These credentials may not use some more subjects.';
const LISTED_MAX = 3;

function listed(whats: readonly string[]): string {
  const some = whats.slice(0, LISTED_MAX).join(', ');
  return whats.length > LISTED_MAX ? `${some} and ${whats.length - LISTED_MAX} more` : some;
}
