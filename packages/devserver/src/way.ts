/** How one way of getting a nats-server looks; `findServer` tries them in order. */
import type { RunCommand } from './command.ts';

/** Where a server came from. */
export type Via = 'env' | 'path' | 'cache' | 'github' | 'debian' | 'go' | 'docker';

/** A nats-server that runs on this machine. */
export interface ServerBinary {
  /** Absolute path of the executable. */
  readonly path: string;
  /** What it says of itself, for example `2.15.1`. */
  readonly version: string;
  readonly via: Via;
}

/** What a way that fetches is at: for a line that is written over. What stays is logged. */
export interface FetchProgress {
  /** The way that is being tried. */
  readonly via: Via;
  /** In words: `fetching nats-server-v2.15.1-linux-amd64.tar.gz`. */
  readonly what: string;
  /** Bytes so far; undefined where nobody can count them. */
  readonly doneBytes?: number | undefined;
  /** Bytes in all, where the source says so. */
  readonly totalBytes?: number | undefined;
}

/** What a way may use. Everything that touches the machine comes from here, so that tests can replace it. */
export interface FindContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Jetlane's cache of servers: one directory per version. It may not exist yet. */
  readonly cacheDir: string;
  /** Ends when this way's time is over; every fetch and command must end with it. */
  readonly signal: AbortSignal;
  /** Tells the user of progress, in one line. */
  readonly log: (line: string) => void;
  /** Tells the user what is going on just now, as often as it changes. */
  readonly progress: (step: Omit<FetchProgress, 'via'>) => void;
  readonly fetch: typeof fetch;
  readonly run: RunCommand;
}

/**
 * One way of getting a nats-server.
 *
 * `find` resolves with the binary, or with undefined when the way does not apply here. It rejects with the
 * reason when it was tried and failed; the next way is tried then, except after a `DevserverError`, which
 * ends the search (the user asked for this very way).
 */
export interface Way {
  readonly via: Via;
  /** The longest it may take altogether. A way that cannot work finds out in seconds. */
  readonly timeoutMs: number;
  /** True when it downloads or builds: then one process does it and others wait for the cache. */
  readonly fetches: boolean;
  find(context: FindContext): Promise<ServerBinary | undefined>;
}
