/**
 * Free ports that stay usable across a restart.
 *
 * The kernel's own choice (bind port 0) lies in the ephemeral range, from which every outgoing connection
 * takes its local port: while a server is down, a reconnecting client can be given that very port, even
 * connect to itself, and the restart fails. So ports are drawn at random below that range (Linux 32768,
 * macOS and Windows 49152) and tried. Two processes may still draw the same one: the caller starts again.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { DevserverError } from './error.ts';

const FIRST = 15_000;
const LAST = 32_000;
const DRAWS_MAX = 100;
const RECENT_MAX = 1_000;

/** Ports drawn lately in this process: their servers may not listen yet. */
const recent = new Set<number>();

/** A port on `host` that was free a moment ago and that no outgoing connection will take. */
export async function freePort(host: string): Promise<number> {
  let cause: Error | undefined;
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const port = randomInt(FIRST, LAST);
    if (recent.has(port)) continue;
    if (recent.size >= RECENT_MAX) recent.clear();
    recent.add(port);
    cause = await bindError(host, port);
    if (cause === undefined) return port;
  }
  throw new DevserverError(
    `no free port on ${host}: none of ${DRAWS_MAX} between ${FIRST} and ${LAST} could be opened; check that ${host} is an address of this machine`,
    { cause },
  );
}

/** Why `port` cannot be opened on `host`, or undefined when it can. */
export function bindError(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
