/** Who leads a stream. */
import type { Connection } from '@jetlane/core';
import type { Server } from '@jetlane/devserver';
import type { Broker } from './broker.ts';
import type { Stage } from './stage.ts';

/** The server that leads a stream now; undefined while there is none, or on a server of its own. */
export async function leaderOf(
  connection: Connection,
  broker: Broker,
  stream: string,
): Promise<Server | undefined> {
  const info = await connection.jsm.streams.info(stream).catch(() => undefined);
  const name = info?.cluster?.leader;
  const index = Number(/^n(\d+)$/.exec(name ?? '')?.[1]) - 1;
  return broker.servers[index];
}

/** Waits until a stream has a leader, which is not `not`, and names it. */
export async function untilLeader(
  stage: Stage,
  connection: Connection,
  { broker, stream, not, deadlineMs }: LeaderWanted,
): Promise<Server> {
  let leader: Server | undefined;
  await stage.until(
    async () => {
      leader = await leaderOf(connection, broker, stream);
      return leader !== undefined && leader !== not;
    },
    deadlineMs,
    `a leader of ${stream}`,
  );
  return leader as Server;
}

/** What {@link untilLeader} waits for. */
export interface LeaderWanted {
  readonly broker: Broker;
  readonly stream: string;
  /** Any server but this one. */
  readonly not?: Server;
  readonly deadlineMs: number;
}
