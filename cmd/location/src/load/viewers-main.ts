/** A process full of viewers, as a crowd of pages would be: each looks at its own square of the city, and reads all it gets. */
import { WebSocket } from 'ws';
import { seededRandom } from '../city/random.ts';
import { nowMs } from '../ledger/clock.ts';
import { latencies } from '../ledger/latency.ts';
import type { ViewersOrder, ViewersWord } from './protocol.ts';

const REPORT_EVERY_MS = 250;
const OPENING_MAX = 50;
/** A square of this side touches seven cells, as a page that shows some streets does. */
const VIEW_M = 1000;
const OPEN_TIMEOUT_MS = 30_000;

const seen = latencies();
let [open, closed, frames, rows] = [0, 0, 0, 0];
let ending = false;

process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('message', (order: ViewersOrder) => {
  start(order).catch((error: Error) => say({ word: 'failed', sentence: error.message }));
});

async function start({ url, viewers, seed, label }: ViewersOrder): Promise<void> {
  const city = (await (await fetch(new URL('city.json', url))).json()) as {
    widthM: number;
    heightM: number;
  };
  const address = new URL('live', url.replace(/^http/, 'ws'));
  const random = seededRandom(seed, `viewers ${label}`);
  const views = Array.from({ length: viewers }, () => {
    const [west, south] = [random.between(0, city.widthM), random.between(0, city.heightM)];
    return JSON.stringify({ ask: 'view', west, south, east: west + VIEW_M, north: south + VIEW_M });
  });
  const opening = Array.from({ length: OPENING_MAX }, async () => {
    for (let view = views.pop(); view !== undefined; view = views.pop()) await look(address, view);
  });
  await Promise.all(opening);
  setInterval(report, REPORT_EVERY_MS);
  process.on('message', () => {
    ending = true;
    report();
    process.exit();
  });
  report();
  say({ word: 'ready' });
}

function look(address: URL, view: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, {
      perMessageDeflate: false,
      handshakeTimeout: OPEN_TIMEOUT_MS,
    });
    socket.on('open', () => {
      open++;
      socket.send(view);
      resolve();
    });
    socket.on('message', (data) => read(data as Buffer));
    socket.on('close', () => {
      open--;
      if (!ending) closed++;
    });
    socket.on('error', (error) =>
      reject(new Error(`a viewer got no connection: ${error.message}`)),
    );
  });
}

const MOVED = '{"kind":"moved"';

/** Reads it all, as a page does: when a driver moved is at the end of its row. */
function read(data: Buffer): void {
  frames++;
  if (data.toString('latin1', 0, MOVED.length) !== MOVED) return;
  const { drivers } = JSON.parse(data.toString('latin1')) as { drivers: unknown[][] };
  const atMs = nowMs();
  for (const row of drivers) seen.record(atMs - (row[row.length - 1] as number));
  rows += drivers.length;
}

function report(): void {
  const { user, system } = process.cpuUsage();
  const counts = { open, closed, frames, rows, cpuUs: user + system };
  say({ word: 'figures', ...counts, latencies: seen.takeNew() });
}

function say(word: ViewersWord): void {
  if (process.connected) process.send?.(word);
}
