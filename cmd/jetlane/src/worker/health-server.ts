import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../failure.ts';

/** What the health pages ask. */
export interface HealthSource {
  /** Every process is connected and every worker pulls. */
  readonly ready: boolean;
  readonly failed: ReadonlyMap<string, string>;
  alive(limitMs: number): boolean;
}

/** Running health pages. */
export interface HealthServer {
  /** Base address, as in `http://127.0.0.1:8222`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Processes that say nothing for this long hang. */
const SILENT_MAX_MS = 60_000;

/**
 * Serves `/healthz`, 200 unless every process hangs or is gone for a minute, and `/readyz`, 200 while every worker is
 * connected and pulls, 503 otherwise, also while draining. Bodies are JSON. Throws a `Failure` when the port is taken.
 */
export async function serveHealth(
  source: HealthSource,
  port: number,
  host = '127.0.0.1',
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const { status, body } = answer(source, request.method ?? '', request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
  });
  server.requestTimeout = 5000;
  await listen(server, port, host);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a request is answered. Exported for its tests. */
export function answer(
  source: HealthSource,
  method: string,
  url: string,
): { readonly status: number; readonly body: unknown } {
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: { status: 'method not allowed' } };
  const path = url.split('?')[0];
  if (path === '/healthz') {
    return source.alive(SILENT_MAX_MS)
      ? { status: 200, body: { status: 'ok' } }
      : { status: 503, body: { status: 'no process has answered for 60 s' } };
  }
  if (path === '/readyz') {
    if (source.ready) return { status: 200, body: { status: 'ready' } };
    return {
      status: 503,
      body: { status: 'not ready', failed: Object.fromEntries(source.failed) },
    };
  }
  return { status: 404, body: { status: 'not found', pages: ['/healthz', '/readyz'] } };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE'
          ? `port ${port} on ${host} is in use: give --health-port another one, or 0 for a free one`
          : `the health server cannot listen on ${host}:${port} (${cause.message}): give another --health-host or --health-port`;
      reject(new Failure(reason, 1, { cause }));
    });
    server.listen(port, host, resolve);
  });
}
