import { type AddressInfo, isIPv6 } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { configInvalid } from '@jetlane/contracts';
import type { StudioOptions } from './options.ts';
import { studio } from './studio.ts';

/** A studio, and where it listens. */
export interface ServedStudioOptions extends StudioOptions {
  /** Default 4610. 0: a free one. */
  readonly port?: number;
}

/** A studio that listens. */
export interface ServedStudio {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Ends what pages are being sent, and stops listening. The connection stays open. */
  close(): Promise<void>;
}

/**
 * Serves a studio by itself, on loopback unless `host` says otherwise.
 *
 * @throws JetlaneError `CONFIG_INVALID`; the error of `listen`, such as one with code `EADDRINUSE`
 * @example
 * const { url, close } = await serveStudio({ connection: await open(), port: 0 });
 */
export async function serveStudio({
  port = PORT,
  ...options
}: ServedStudioOptions): Promise<ServedStudio> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw configInvalid('studio', [`'port' must be a whole number from 0 to 65535, not ${port}`]);
  const { app, close } = studio(options);
  const hostname = options.host ?? '127.0.0.1';
  let server: ServerType;
  try {
    server = await listen(app.fetch, hostname, port);
  } catch (error) {
    close();
    throw error;
  }
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${bound}/`,
    close: () => {
      close();
      return stop(server);
    },
  };
}

const PORT = 4610;
/** For answers that are under way. */
const CLOSE_MS = 500;

function listen(
  fetch: Parameters<typeof serve>[0]['fetch'],
  hostname: string,
  port: number,
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }, () => {
      server.off('error', reject);
      resolve(server);
    });
    server.once('error', reject);
  });
}

function stop(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if (!('closeIdleConnections' in server)) return;
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
  });
}
