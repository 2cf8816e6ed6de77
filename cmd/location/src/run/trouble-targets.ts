/** What the troubles of a run are made with: its parts, as `src/troubles` wants them. */
import type { Client } from '@jetlane/core';
import { Locations } from '@jetlane/streams/location';
import type { TroubleTargets } from '../troubles/troubles.ts';
import type { OwnServer } from './own-server.ts';
import type { Publisher } from './publisher.ts';
import { RunFailure } from './run-failure.ts';
import type { ServicePool } from './service-pool.ts';

/** The parts of a run. */
export interface TroubleParts {
  readonly pool: ServicePool;
  readonly publisher: Publisher;
  readonly client: Client;
  /** Undefined: the server is somebody else's. */
  readonly own: OwnServer | undefined;
  readonly servers: readonly string[];
  readonly processes: number;
  readonly warn: (line: string) => void;
}

/** So that a replay of thousands does not take the processor from what runs. */
const REPLAYS_PER_S = 500;

/** Puts them together. */
export function troubleTargets(parts: TroubleParts): TroubleTargets {
  const { pool, publisher, client, own, servers, processes, warn } = parts;
  const restart = `the demo restarts only a nats-server that it started itself, and this one is at ${servers.join(', ')}`;
  return {
    kill: (name) => pool.kill(name),
    scale: (name, count) => pool.scale(name, count),
    afflict: (name, affliction) => pool.afflict(name, affliction),
    block: (name, forMs) => pool.block(name, forMs),
    sendTwice(twice) {
      publisher.twice = twice;
    },
    outage: (awayMs) => own?.outage(awayMs) ?? Promise.reject(new RunFailure(restart)),
    async replay(name) {
      const letters = { stream: Locations.name, worker: name };
      const { replayed } = await client.deadLetters.replay(letters, { rate: REPLAYS_PER_S });
      return replayed;
    },
    lastSeq: () => publisher.lastSeq,
    missing: (name, upToSeq) => publisher.acked.missingIn(pool.totals[name].settled, upToSeq),
    processes,
    whyNot: own ? {} : { restart },
    warn,
  };
}
