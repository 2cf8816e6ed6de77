/** Finds a nats-server, or fetches one: the ways in their order, each with its time limit. */
import { setTimeout as delay } from 'node:timers/promises';
import { lockCache, readCache, serverCacheDir } from './cache.ts';
import { runCommand } from './command.ts';
import { DevserverError } from './error.ts';
import type { FetchProgress, FindContext, ServerBinary, Way } from './way.ts';
import { cacheWay } from './ways/cache.ts';
import { debianWay } from './ways/debian.ts';
import { dockerWay } from './ways/docker.ts';
import { envWay } from './ways/env.ts';
import { githubWay } from './ways/github.ts';
import { goWay } from './ways/go.ts';
import { pathWay } from './ways/path.ts';

/** What `findServer` accepts; everything has a default. */
export interface FindOptions {
  /** The ways to try, in order. Default: `ways`. None of them fetches while the cache has a server. */
  readonly ways?: readonly Way[];
  /** Receives one line for each way that is tried, its progress, and the choice. Default: silent. */
  readonly log?: (line: string) => void;
  /** Receives what is going on while a server is fetched, several times a second. Default: nobody. */
  readonly progress?: (step: FetchProgress) => void;
  /** Default: `process.env`. */
  readonly env?: FindContext['env'];
  /** Directory of fetched servers. Default: `jetlane/nats-server` in the user's cache directory. */
  readonly cacheDir?: string;
  /** Ends the search: what runs for it is interrupted, what was fetched by halves goes, no other way is tried. Default: nobody does. */
  readonly signal?: AbortSignal | undefined;
}

/** Every way, in the order in which they are tried. */
export const ways: readonly Way[] = [
  envWay,
  pathWay,
  cacheWay,
  githubWay,
  debianWay,
  goWay,
  dockerWay,
];

/**
 * Finds a nats-server of version 2.14 or later, in this order: `NATS_SERVER_BIN`, PATH, Jetlane's cache, the
 * official GitHub release, Debian's package, `go install`, Docker's image. What is fetched stays in the cache,
 * so that it happens once. Processes that search at the same time fetch once between them.
 *
 * @throws DevserverError naming every way and why it failed; at once when `NATS_SERVER_BIN` is wrong, or when `signal` aborts.
 * @example
 * const binary = await findServer({ log: console.error });
 * console.log(`${binary.path} ${binary.version} (${binary.via})`);
 */
export async function findServer(options: FindOptions = {}): Promise<ServerBinary> {
  const env = options.env ?? process.env;
  const log = options.log ?? (() => {});
  const context = {
    env,
    platform: process.platform,
    arch: process.arch,
    cacheDir: options.cacheDir ?? serverCacheDir(env, process.platform),
    log,
    fetch: globalThis.fetch,
    run: runCommand,
  };
  const search = new Search(context, options);
  const binary = await search.through(options.ways ?? ways);
  if (binary === undefined) throw search.failure();
  log(`using nats-server ${binary.version}: ${binary.path} (${binary.via})`);
  return binary;
}

let found: { key: string; binary: Promise<ServerBinary> } | undefined;

/** As `findServer`, searching once in this process as long as the environment that decides stays the same. */
export function findServerOnce(
  options: Pick<FindOptions, 'log' | 'progress' | 'signal'>,
): Promise<ServerBinary> {
  const { NATS_SERVER_BIN, PATH, XDG_CACHE_HOME, HOME } = process.env;
  const key = JSON.stringify([NATS_SERVER_BIN, PATH, XDG_CACHE_HOME, HOME]);
  if (found?.key !== key) {
    const search = { key, binary: findServer(options) };
    search.binary.catch(() => {
      if (found === search) found = undefined;
    });
    found = search;
  }
  return found.binary;
}

type OpenContext = Omit<FindContext, 'signal' | 'progress'>;

/** How long a way may take to clean up after itself when the search is stopped. */
const STOP_MS = 3_000;
const SAME_KEY_MS = 50;
/** From then on it is worth telling. */
const WAITS_MS = 300;

class Search {
  readonly #context: OpenContext;
  readonly #progress: (step: FetchProgress) => void;
  readonly #stopped: AbortSignal | undefined;
  readonly #reasons: string[] = [];
  #release: (() => Promise<void>) | undefined;

  constructor(
    context: OpenContext,
    { progress = () => {}, signal }: Pick<FindOptions, 'progress' | 'signal'>,
  ) {
    this.#context = context;
    this.#progress = progress;
    this.#stopped = signal;
  }

  /** The first way's binary; the lock is taken before the first way that fetches. */
  async through(list: readonly Way[]): Promise<ServerBinary | undefined> {
    const timeoutMs = list.reduce((sum, way) => sum + way.timeoutMs, 0);
    try {
      for (const way of list) {
        if (way.fetches && this.#release === undefined) {
          const fetched = await this.#lock(timeoutMs);
          if (fetched !== undefined) return fetched;
        }
        const found = await this.#try(way);
        if (found !== undefined) return found;
      }
      return undefined;
    } finally {
      await this.#release?.();
    }
  }

  failure(): DevserverError {
    const tried = this.#reasons.map((reason) => `\n  ${reason}`).join('');
    return new DevserverError(
      `no nats-server could be found or fetched. Tried, in this order:${tried}\n` +
        'Install nats-server 2.14 or later (https://docs.nats.io), set NATS_SERVER_BIN to one, or set NATS_URL to a running server',
    );
  }

  async #try(way: Way): Promise<ServerBinary | undefined> {
    this.#assertGoesOn();
    const limit = AbortSignal.timeout(way.timeoutMs);
    const ends = this.#stopped ? [limit, this.#stopped] : [limit];
    const finding = way.find({
      ...this.#context,
      signal: AbortSignal.any(ends),
      progress: (step) => {
        if (!this.#stopped?.aborted) this.#progress({ via: way.via, ...step });
      },
    });
    try {
      const late = () => new Error(`no end in ${way.timeoutMs} ms`);
      const found = await Promise.race([
        finding,
        rejection(limit, late),
        ...(this.#stopped ? [rejection(this.#stopped, searchStopped)] : []),
      ]);
      if (found !== undefined) return found;
      this.#reasons.push(`${way.via}: none here`);
    } catch (cause) {
      // A program that the same Ctrl-C ended makes a way fail, perhaps before this process has heard of it.
      if (this.#stopped && way.fetches) await delay(SAME_KEY_MS);
      if (this.#stopped?.aborted) await settled(finding, STOP_MS);
      this.#assertGoesOn();
      if (cause instanceof DevserverError) throw cause;
      const reason = `${way.via}: ${cause instanceof Error ? cause.message : String(cause)}`;
      this.#reasons.push(reason);
      this.#context.log(reason);
    }
    return undefined;
  }

  #assertGoesOn(): void {
    if (this.#stopped?.aborted) throw searchStopped();
  }

  // Resolves with what another process has fetched meanwhile, or with undefined when fetching is up to us.
  async #lock(timeoutMs: number): Promise<ServerBinary | undefined> {
    const until = Date.now() + timeoutMs;
    const what = 'waiting for another process that fetches it';
    const waits = setTimeout(() => this.#progress({ via: 'cache', what }), WAITS_MS);
    try {
      return await this.#lockUntil(until, timeoutMs);
    } finally {
      clearTimeout(waits);
    }
  }

  async #lockUntil(until: number, timeoutMs: number): Promise<ServerBinary | undefined> {
    const { cacheDir } = this.#context;
    for (;;) {
      this.#release = await lockCache(
        cacheDir,
        Math.max(0, until - Date.now()),
        this.#stopped,
      ).catch((cause) => {
        this.#assertGoesOn();
        throw new DevserverError(
          `no nats-server is installed and the cache ${cacheDir} is not writable (${cause.code}): set XDG_CACHE_HOME to a directory that is, or NATS_SERVER_BIN to a nats-server`,
          { cause },
        );
      });
      // Also when the lock is ours: whoever had it may have finished since the cache was looked at.
      const cached = await readCache({
        ...this.#context,
        signal: AbortSignal.timeout(timeoutMs),
        progress: () => {},
      });
      if (cached !== undefined || this.#release !== undefined) return cached;
    }
  }
}

function searchStopped(): DevserverError {
  return new DevserverError('the search for a nats-server was stopped');
}

function rejection(signal: AbortSignal, reason: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
}

/** Resolves when it has come to its end, or after so long. */
async function settled(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
