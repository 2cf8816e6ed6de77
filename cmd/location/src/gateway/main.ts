/** The gateway as a process of its own: one subscription, one web server, any number of pages. The demo starts it. */
import { app, type Client, connect, on, worker } from '@jetlane/core';
import { Locations, LocationUpdated } from '@jetlane/streams/location';
import { generateCity } from '../city/city.ts';
import { FAST } from '../services/settings.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { news } from './news.ts';
import type { GatewayOrder, GatewayStart, GatewayWord } from './protocol.ts';
import { Viewers } from './viewers.ts';

const FIGURES_EVERY_MS = 250;
const NEWS_EVERY_MS = 500;

const viewers = new Viewers();
const known = news();
let positions = 0;
let gateway: Gateway | undefined;
let client: Client | undefined;

process.on('disconnect', () => process.exit());
// Ctrl-C goes to all processes of a terminal; the demo says when to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.on('message', (message: GatewayOrder) => void obey(message));

async function obey(message: GatewayOrder): Promise<void> {
  switch (message.order) {
    case 'start':
      return start(message.start).catch((error: Error) =>
        say({ word: 'failed', sentence: error.message }),
      );
    case 'flagged':
      return known.flagged(message.driverId);
    case 'surge':
      return known.surge(message.cell, message.multiplier);
    case 'figures':
      return viewers.tellAll({ kind: 'figures', figures: message.figures });
    case 'stop':
      await gateway?.close();
      await client?.close();
      process.exit();
  }
}

async function start({ servers, seed, host, port }: GatewayStart): Promise<void> {
  const city = generateCity(seed);
  gateway = await startGateway({ host, port, city, viewers, greeting: known.greeting }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new Error(cannotListen(`${host}:${port}`, cause));
    },
  );
  client = await connect({ servers: [...servers], source: 'live-map' });
  const seen = worker('live-map', { from: Locations, ...FAST }, [
    on(LocationUpdated, ({ data }) => {
      positions++;
      viewers.see(data);
    }),
  ]);
  await client.start(app('live-map', { streams: [Locations], run: [seen] }));
  setInterval(() => known.tell(viewers), NEWS_EVERY_MS);
  setInterval(sayFigures, FIGURES_EVERY_MS);
  sayFigures();
  say({ word: 'ready', url: gateway.url });
}

function sayFigures(): void {
  const { user, system } = process.cpuUsage();
  const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage();
  const figures = { ...viewers.figures, positions, cpuUs: user + system, rssBytes, heapBytes };
  say({ word: 'figures', figures });
}

function say(word: GatewayWord): void {
  if (process.connected) process.send?.(word);
}

function cannotListen(where: string, { code, message }: NodeJS.ErrnoException): string {
  return code === 'EADDRINUSE'
    ? `${where} is in use: choose another with --port, or --port 0 for a free one`
    : `cannot listen on ${where} (${message}): choose another --port or --host`;
}
