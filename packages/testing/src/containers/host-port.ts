/** A port of this machine for a container. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what outgoing connections take: while a server is down, none of them is given its port. */
const FIRST = 15_000;
const LAST = 32_000;
const DRAWS_MAX = 100;

/**
 * A port that was free a moment ago. Docker would choose another one at each start of a container, so it is chosen here, and
 * stays. Somebody may still be quicker: the caller starts again.
 */
export async function hostPort(): Promise<number> {
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${DRAWS_MAX} ports between ${FIRST} and ${LAST} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
