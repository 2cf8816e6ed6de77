/** Who leads a stream. */
import type { Connection } from '@jetlane/core';
import type { Server } from '@jetlane/devserver';
import type { Broker } from './broker.ts';

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
