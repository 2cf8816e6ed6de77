/** The nats-server that the demo starts when it is not given one. */
import { setTimeout as delay } from 'node:timers/promises';
import { type FetchProgress, type Server, startServer } from '@jetlane/devserver';
import { processMeter } from './processor.ts';

/** A server of the demo's own. */
export interface OwnServer {
  readonly url: string;
  /** Processor time of all its processes so far, in microseconds; undefined: nobody tells. */
  readonly cpuUs: number | undefined;
  /** Kills it, and starts it again on the same port and store after so long. Rejects with DevserverError when it does not start. */
  outage(awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Where the streams go and whom to tell. */
export interface OwnServerOptions {
  /** Kept directory; undefined: a temporary one. */
  readonly store: string | undefined;
  readonly log: (line: string) => void;
  /** Told what is going on while a server is fetched. */
  readonly progress: (step: FetchProgress) => void;
  /** Told, in one sentence, that the server ended by itself. */
  readonly warn: (line: string) => void;
  /** Ends the search for a server. */
  readonly stopped: AbortSignal;
}

/** What nats-server warns of when it was killed, as here it is on purpose: it reads its files again, and all that it confirmed is there. */
const HARMLESS =
  /\[WRN\] Filestore \[.*\] (\w[\w ]* state is outdated; attempting to recover|Stream state outdated, .*will rebuild|Recovering stream state from index errored: prior state)/;

/** Whether a line of the server's log is one that users need not see. Exported for its tests. */
export const isHarmless = (line: string) => HARMLESS.test(line);

const LOOK_EVERY_MS = 500;

/**
 * Starts a server on a free port of this machine. Should it end by itself, it is started again on
 * the same port and store.
 *
 * @throws DevserverError when the store cannot be written, or there is no server
 */
export async function ownServer({
  store,
  log,
  progress,
  warn,
  stopped,
}: OwnServerOptions): Promise<OwnServer> {
  const server = await startServer({
    ...(store === undefined ? {} : { store }),
    log: (line) => {
      if (!isHarmless(line)) log(line);
    },
    progress,
    signal: stopped,
  });
  const stopping = new AbortController();
  let restarting: Promise<void> | undefined;
  const used = processMeter();
  const timer = setInterval(() => {
    used.look(server.pid);
    if (server.running || restarting) return;
    warn('the nats-server ended and is started again');
    restarting = restart(server, warn).finally(() => {
      restarting = undefined;
    });
  }, LOOK_EVERY_MS);
  return {
    url: server.url,
    get cpuUs() {
      used.look(server.pid);
      return used.us;
    },
    async outage(awayMs) {
      await restarting;
      const back = (async () => {
        used.look(server.pid);
        await server.kill();
        await delay(awayMs, undefined, { signal: stopping.signal }).catch(() => {});
        await server.restart();
      })();
      restarting = back
        .catch(() => {}) // the next look tries again
        .finally(() => {
          restarting = undefined;
        });
      await back;
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await restarting;
      await server.stop();
    },
  };
}

async function restart(server: Server, warn: (line: string) => void): Promise<void> {
  try {
    await server.restart();
  } catch (error) {
    warn((error as Error).message); // the next look tries again
  }
}
