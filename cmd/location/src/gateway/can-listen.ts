/** Whether a page can be served where it shall be: asked before anything else is started, and told in the same words later. */
import { createServer } from 'node:net';

/** Where to listen. */
export interface ListenPlace {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Why nobody can listen there and what to do; undefined where one can, or could just now. */
export function listenProblem(place: ListenPlace): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(cannotListen(place, error)));
    probe.listen(place.port, place.host, () => probe.close(() => resolve(undefined)));
  });
}

/** The words for an error of `listen`. */
export function cannotListen(
  { host, port }: ListenPlace,
  { code, message }: NodeJS.ErrnoException,
): string {
  return code === 'EADDRINUSE'
    ? `${host}:${port} is in use: choose another with --port, or --port 0 for a free one`
    : `cannot listen on ${host}:${port} (${message}): choose another --port or --host`;
}
