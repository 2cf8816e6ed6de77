/**
 * The web server of the demo: the page's files, the city, and one WebSocket a page. It listens on
 * loopback unless told otherwise, answers only pages of its own origin, and the page may load
 * nothing from anywhere else.
 */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type ServerType,
  serve,
  upgradeWebSocket,
  type WebSocketServerLike,
} from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { WebSocketServer } from 'ws';
import type { City } from '../city/city.ts';
import { cityCells, type View } from './map.ts';
import type { Socket, Viewer, Viewers } from './viewers.ts';

/** A running web server. */
export interface Gateway {
  readonly url: string;
  /** Closes every page and stops listening. */
  close(): Promise<void>;
}

/** Where the gateway listens and what it shows. */
export interface GatewayOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly city: City;
  readonly viewers: Viewers;
  /** What a page is told first, besides its snapshot: for example prices so far. */
  readonly greeting: () => readonly object[];
}

const PAGE = new URL('../../page/', import.meta.url); // hand-written
const SCRIPTS = new URL('../page/', import.meta.url); // compiled
const FILES: Readonly<Record<string, readonly [URL, string]>> = {
  '/': [new URL('index.html', PAGE), 'text/html; charset=utf-8'],
  '/style.css': [new URL('style.css', PAGE), 'text/css; charset=utf-8'],
  '/icon.svg': [new URL('icon.svg', PAGE), 'image/svg+xml'],
  ...Object.fromEntries(
    ['main', 'camera', 'drawing', 'panel', 'connection', 'drivers'].map((name) => [
      `/${name}.js`,
      [new URL(`${name}.js`, SCRIPTS), 'text/javascript; charset=utf-8'],
    ]),
  ),
};
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
} as const;
/** Between two flushes there are at least so many milliseconds, at most as many, and as a rule twice what the last one took. */
const FLUSH_MIN_MS = 20;
const FLUSH_MAX_MS = 250;
const IDLE_SHARE = 2;
const MESSAGE_MAX_BYTES = 4096;

/** Starts to listen. Rejects with the error of `listen`, for example EADDRINUSE. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { viewers, city } = options;
  const { map, cellsIn } = cityCells(city);
  const mapText = JSON.stringify(map);
  const app = new Hono();
  app.use(async (context, next) => {
    if (!namesUs(context.req.header('host'), options.host)) {
      return context.text('this server answers to its own address only', 403);
    }
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  });
  for (const [path, [file, type]] of Object.entries(FILES)) {
    app.get(path, async (context) =>
      context.body(await readFile(fileURLToPath(file), 'utf8'), 200, { 'content-type': type }),
    );
  }
  app.get('/city.json', (context) =>
    context.body(mapText, 200, { 'content-type': 'application/json' }),
  );
  app.use('/live', async (context, next) => {
    if (!sameOrigin(context)) return context.text('only pages of this server may listen', 403);
    return next();
  });
  app.get(
    '/live',
    upgradeWebSocket(() => {
      let viewer: Viewer | undefined;
      return {
        onOpen(_event, socket) {
          viewer = viewers.join(socket.raw as unknown as Socket);
          for (const message of options.greeting()) viewer.tell(message);
        },
        onMessage({ data }) {
          const view = readView(data);
          if (view) viewer?.watch(cellsIn(view));
        },
        onClose: () => viewer?.leave(),
        onError: () => viewer?.leave(),
      };
    }),
  );

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_MAX_BYTES });
  const server = await listen(app, sockets, options);
  const flushes = keepFlushing(viewers);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/`,
    async close() {
      flushes.stop();
      viewers.closeAll();
      for (const socket of sockets.clients) setTimeout(() => socket.terminate(), 500).unref();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      });
    },
  };
}

/** Often while that is cheap, seldom while it is not: so flushing takes a third of a core at most. */
function keepFlushing(viewers: Viewers): { stop(): void } {
  let timer: NodeJS.Timeout;
  const flush = () => {
    const beganMs = performance.now();
    viewers.flush(beganMs);
    const pauseMs = IDLE_SHARE * (performance.now() - beganMs);
    timer = setTimeout(flush, Math.min(FLUSH_MAX_MS, Math.max(FLUSH_MIN_MS, pauseMs)));
  };
  timer = setTimeout(flush, FLUSH_MIN_MS);
  return { stop: () => clearTimeout(timer) };
}

function listen(app: Hono, sockets: WebSocketServer, options: GatewayOptions): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const { host, port } = options;
    // ws declares its options a little wider than Hono's adapter reads them.
    const websocket = { server: sockets as unknown as WebSocketServerLike };
    const server = serve({ fetch: app.fetch, hostname: host, port, websocket }, () => {
      server.off('error', reject);
      resolve(server);
    });
    server.once('error', reject);
  });
}

const LOOPBACK: readonly (string | undefined)[] = ['127.0.0.1', 'localhost', '[::1]'];

/** On loopback another name in the Host header is a site that points its own name here. */
function namesUs(header: string | undefined, host: string): boolean {
  if (host !== '127.0.0.1' && host !== 'localhost' && host !== '::1') return true;
  return LOOPBACK.includes(header?.replace(/:\d+$/, ''));
}

/** A page of another site may open a WebSocket to loopback; its Origin header gives it away. */
function sameOrigin(context: Context): boolean {
  const origin = context.req.header('origin');
  if (origin === undefined) return true; // not a browser
  return URL.canParse(origin) && new URL(origin).host === context.req.header('host');
}

/** `{"west": …, "south": …, "east": …, "north": …}` in metres; anything else is ignored. */
function readView(data: unknown): View | undefined {
  if (typeof data !== 'string' || data.length > MESSAGE_MAX_BYTES) return undefined;
  try {
    const view = JSON.parse(data) as View;
    const sides = [view.west, view.south, view.east, view.north];
    return sides.every(Number.isFinite) ? view : undefined;
  } catch {
    return undefined;
  }
}
