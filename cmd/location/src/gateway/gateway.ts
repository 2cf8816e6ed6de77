/**
 * The web server of the demo: the page's files, the city, and one connection a page, a WebSocket or, where none gets
 * through, Server-Sent Events. It listens on loopback unless told otherwise, answers only pages of its own origin, and the
 * page may load nothing from anywhere else.
 */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type HttpBindings,
  type ServerType,
  serve,
  upgradeWebSocket,
  type WebSocketServerLike,
} from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import {
  namesUs,
  pageFile,
  readPage,
  sameOrigin,
  securityHeaders,
  sendFile,
} from '@jetlane/studio';
import { type Context, Hono } from 'hono';
import { WebSocketServer } from 'ws';
import type { City } from '../city/city.ts';
import type { Socket } from './cell.ts';
import { type Conversation, type Desk, desk, QUESTION_MAX_BYTES } from './desk.ts';
import { EventStream } from './event-stream.ts';
import { cityCells } from './map.ts';
import type { Trails } from './trails.ts';
import type { Viewers } from './viewers.ts';

/** A running web server. */
export interface Gateway {
  readonly url: string;
  /** Pages sent away so far, because they said what is no question. */
  readonly refused: number;
  /** Closes every page and stops listening. */
  close(): Promise<void>;
}

/** Where the gateway listens and what it shows. */
export interface GatewayOptions {
  readonly host: string;
  /** More names that pages may reach it by, such as that of a reverse proxy. Default: none. */
  readonly names?: readonly string[];
  /** 0: a free one. */
  readonly port: number;
  readonly city: City;
  readonly viewers: Viewers;
  readonly trails: Trails;
  /** What a page is told first, besides its snapshot: for example prices so far. */
  readonly greeting: () => readonly object[];
  /** Adds what else is served, under paths of its own; called once, before anything is answered. */
  readonly extend?: (app: Hono<{ Bindings: HttpBindings }>) => void;
  /** What pages are told that they should be. Default: the build that is served. */
  readonly build?: string;
  /** Pages at once; the next is told to come later. Default 25,000. */
  readonly pagesMax?: number;
}

const PAGE = fileURLToPath(new URL('../../dist/page/', import.meta.url));
/** Between two flushes there are at least so many milliseconds, at most as many, and as a rule twice what the last one took. */
const FLUSH_MIN_MS = 20;
const FLUSH_MAX_MS = 250;
const IDLE_SHARE = 2;
/** For pages to say goodbye. */
const CLOSE_MS = 500;
const PAGES_MAX = 25_000;

/** Starts to listen. Rejects with the error of `listen`, for example EADDRINUSE, and in words when the page was not built. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { viewers, city, trails, greeting, host, pagesMax = PAGES_MAX } = options;
  const names = (options.names ?? []).map((name) => name.toLowerCase());
  const { map, cellsIn } = cityCells(city);
  const page = await readPage(PAGE);
  if (page === undefined) throw new Error(`the page is not built (in ${PAGE}): run npm run build`);
  const { files, build } = page;
  const asks = desk({ viewers, cellsIn, trails, greeting, build: options.build ?? build });
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (context, next) => {
    if (!namesUs(context.req.header('host'), host, names)) {
      return context.text(strangeName(context.req.header('host')), 403);
    }
    await next();
    if (context.res === RESPONSE_ALREADY_SENT) return;
    for (const [name, value] of Object.entries(securityHeaders())) {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value);
    }
  });
  for (const [path, file] of files) app.get(`/${path}`, (context) => sendFile(context, file));
  const cityFile = await pageFile(JSON.stringify(map), { type: 'application/json' });
  app.get('/city.json', (context) => sendFile(context, cityFile));
  for (const path of ['/live', '/live/*']) {
    app.use(path, async (context, next) => refusal(context) ?? (await next()));
  }
  // Those who are in go on asking when it is full: only who comes anew waits.
  for (const path of ['/live', '/live/events']) {
    app.get(path, async (context, next) => {
      if (viewers.count < pagesMax) return next();
      return context.text('as many pages as this server takes are open: come back later', 503);
    });
  }
  serveLive(app, asks);
  options.extend?.(app);
  app.notFound((context) =>
    context.text('there is nothing at this address: the city is at /', 404),
  );

  const sockets = new WebSocketServer({ noServer: true, maxPayload: QUESTION_MAX_BYTES });
  const server = await listen(app, sockets, options);
  const flushes = keepFlushing(viewers);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${hereName(host)}:${port}/`,
    get refused() {
      return asks.refused;
    },
    async close() {
      flushes.stop();
      viewers.closeAll();
      for (const socket of sockets.clients) setTimeout(() => socket.terminate(), CLOSE_MS).unref();
      if ('closeAllConnections' in server) {
        setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      });
    },
  };
}

/** To whoever came by a name that is not known to be ours. */
function strangeName(header = ''): string {
  const name = header.slice(0, 100);
  return `this server does not answer to the name '${name}': if it is its name, start the demo with --allow-host`;
}

/** Pages of other sites hear nothing. Undefined: go on. */
function refusal(context: Context): Response | undefined {
  const header = (name: string) => context.req.header(name);
  const [host, origin, fetchSite] = ['host', 'origin', 'sec-fetch-site'].map(header);
  if (!sameOrigin({ host, origin, fetchSite })) {
    return context.text('only pages of this server may listen', 403);
  }
  return undefined;
}

/** `/live` is the WebSocket; `/live/events` and `/live/ask` are the same in two halves. */
function serveLive(app: Hono<{ Bindings: HttpBindings }>, asks: Desk): void {
  app.get(
    '/live',
    upgradeWebSocket(() => {
      let conversation: Conversation | undefined;
      return {
        onOpen(_event, socket) {
          conversation = asks.greet(socket.raw as unknown as Socket);
        },
        onMessage: ({ data }) => conversation?.hear(data),
        onClose: () => conversation?.end(),
        onError: () => conversation?.end(),
      };
    }),
  );
  app.get('/live', (context) => context.text('this address is for WebSockets', 426));
  app.get('/live/events', (context) => {
    let conversation: Conversation | undefined;
    const stream = new EventStream(context.env.outgoing, () => conversation?.end());
    conversation = asks.greet(stream);
    return RESPONSE_ALREADY_SENT;
  });
  app.post('/live/ask', async (context) => {
    const conversation = asks.find(context.req.header('x-session') ?? '');
    if (!conversation) return context.text('this page is not connected: connect again', 410);
    const length = Number(context.req.header('content-length') ?? Number.NaN);
    if (!(length <= QUESTION_MAX_BYTES)) {
      return context.text(`a question has at most ${QUESTION_MAX_BYTES} bytes`, 413);
    }
    conversation.hear(await context.req.text());
    return context.body(null, 204);
  });
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

function listen(
  app: Hono<{ Bindings: HttpBindings }>,
  sockets: WebSocketServer,
  options: GatewayOptions,
): Promise<ServerType> {
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

/** All addresses of a machine are no address that a browser takes, and one on which it is known to be here. */
function hereName(host: string): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return name.includes(':') ? `[${name}]` : name;
}
