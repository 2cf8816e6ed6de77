/** The gateway as a process of its own: one subscription, one web server, any number of pages. The demo starts it. */
import { type Client, type Connection, connect, open } from '@jetlane/core';
import { studio } from '@jetlane/studio';
import { generateCity } from '../city/city.ts';
import { nowMs } from '../ledger/clock.ts';
import eta from '../services/eta.ts';
import fraud from '../services/fraud.ts';
import matching from '../services/matching.ts';
import surge from '../services/surge.ts';
import { type StoryDesk, storyDesk } from '../story/story-desk.ts';
import { cannotListen } from './can-listen.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { listening } from './listening.ts';
import { news } from './news.ts';
import type { GatewayOrder, GatewayStart, GatewayWord } from './protocol.ts';
import { RideBoard } from './ride-board.ts';
import { trailReader } from './trail-reader.ts';
import { type TrailReader, trails } from './trails.ts';
import { Viewers } from './viewers.ts';

const FIGURES_EVERY_MS = 250;
const NEWS_EVERY_MS = 500;
const SWEEP_EVERY_MS = 1000;

/** What the studio knows by contract; here they are looked at, not run. */
const SERVICE_APPS = [matching, eta, fraud, surge];

const viewers = new Viewers();
const board = new RideBoard(viewers);
const known = news();
let positions = 0;
let desk: StoryDesk | undefined;
let gateway: Gateway | undefined;
let client: Client | undefined;
let reading: Connection | undefined;

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
    case 'figures':
      desk?.note(message.figures);
      return viewers.tellAll({ kind: 'figures', figures: message.figures });
    case 'answer':
      return desk?.answer(message.number, message.answer);
    case 'stop':
      await gateway?.close();
      // Where the server is away they say so, and there is nothing left to be done about it.
      await Promise.allSettled([client?.close(), reading?.nc.close()]);
      process.exit();
  }
}

async function start({ servers, seed, host, names, port, actions }: GatewayStart): Promise<void> {
  const opened = storyDesk({
    actions,
    ask: (number, action) => say({ word: 'ask', number, action }),
  });
  desk = opened;
  const followed = trails(readTrail);
  const connection = await open({ servers: [...servers], name: 'live-map-reading' });
  reading = connection;
  const heard = listening({ viewers, board, news: known, trails: followed, counted });
  const machinery = studio({
    connection,
    apps: [...SERVICE_APPS, heard],
    host,
    names,
    actions,
    title: 'the live city',
  });
  gateway = await startGateway({
    host,
    names,
    port,
    city: generateCity(seed),
    viewers,
    trails: followed,
    greeting: known.greeting,
    extend(app) {
      opened.extend(app);
      app.route('/studio', machinery.app);
    },
  }).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === undefined ? cause : new Error(cannotListen({ host, port }, cause));
  });
  client = await connect({ servers: [...servers], source: 'live-map' });
  await client.start(heard);
  setInterval(() => known.tell(viewers), NEWS_EVERY_MS);
  setInterval(() => board.sweep(nowMs()), SWEEP_EVERY_MS);
  setInterval(sayFigures, FIGURES_EVERY_MS);
  sayFigures();
  say({ word: 'ready', url: gateway.url });
}

const counted = () => void positions++;

const readTrail: TrailReader = (wanted) =>
  reading
    ? trailReader(reading)(wanted)
    : Promise.reject(new Error('the city is still starting: ask again in a moment'));

function sayFigures(): void {
  const { user, system } = process.cpuUsage();
  const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage();
  const refused = gateway?.refused ?? 0;
  const used = { cpuUs: user + system, rssBytes, heapBytes };
  say({ word: 'figures', figures: { ...viewers.figures, positions, refused, ...used } });
}

function say(word: GatewayWord): void {
  if (process.connected) process.send?.(word);
}
