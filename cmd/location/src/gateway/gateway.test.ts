import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { generateCity } from '../city/city.ts';
import { cellAt, toLat, toLng } from '../city/plane.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
import { cityCells } from './map.ts';
import { trails } from './trails.ts';
import { Viewers } from './viewers.ts';

const city = generateCity(7);
const viewers = new Viewers();
let gateway: Gateway;

const start = (host: string, more: Partial<GatewayOptions> = {}) =>
  startGateway({
    host,
    port: 0,
    city,
    viewers,
    trails: trails(() => Promise.resolve([])),
    greeting: () => [{ kind: 'surge', cells: [['x', 2]] }],
    extend: (app) => void app.get('/more', (context) => context.text('more')),
    ...more,
  });
beforeAll(async () => {
  gateway = await start('127.0.0.1');
});
afterAll(() => gateway.close());

interface Heard {
  readonly kind: string;
  readonly drivers?: unknown[];
  readonly [field: string]: unknown;
}

/** A connected socket and what it hears. */
async function listen(headers: Record<string, string> = {}) {
  const socket = new WebSocket(new URL('live', gateway.url.replace('http', 'ws')), { headers });
  const heard: Heard[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => resolve(0));
  });
  return { socket, heard, status, closed };
}

const view = { ask: 'view', west: 2900, east: 3100, south: 2900, north: 3100 };
const place = { lat: toLat(3000), lng: toLng(3000), cell: cellAt(toLat(3000), toLng(3000)) };
const report = (driverId: string, takenAtMs: number) => ({
  driverId,
  ...place,
  headingDeg: 0,
  speedMps: 1,
  status: 'free',
  takenAtMs,
});

describe('the gateway', () => {
  it('names an address that a browser takes, also where it listens on all of them', async () => {
    const everywhere = await start('0.0.0.0');
    expect(new URL(everywhere.url).hostname).toBe('127.0.0.1');
    expect((await fetch(everywhere.url)).status).toBe(200);
    await everywhere.close();
  });

  it('serves the page and the city, compressed, and lets the page load nothing from elsewhere', async () => {
    const page = await fetch(gateway.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-encoding')).toBe('gzip');
    const html = await page.text();
    expect(html).toContain('<canvas');
    expect(html).toMatch(/<meta name="build" content="[\da-f]{12}">/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const [script] = /assets\/[\w.-]+\.js/.exec(html) ?? [];
    const bundle = await fetch(new URL(script ?? 'none', gateway.url));
    expect(bundle.status).toBe(200);
    expect(bundle.headers.get('cache-control')).toContain('immutable');
    const map = (await (await fetch(new URL('city.json', gateway.url))).json()) as {
      roads: number[][];
    };
    expect(map.roads.map((ends) => ends.length > 0)).toEqual([true, true, true]);
    for (const path of ['../package.json', '.stamp.json', 'assets/..%2f..%2fpackage.json']) {
      const answer = await fetch(new URL(path, gateway.url));
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe('there is nothing at this address: the city is at /');
    }
    const more = await fetch(new URL('more', gateway.url));
    expect(await more.text()).toBe('more');
    expect(more.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('greets a page, and sends it the drivers in its view', async () => {
    const { socket, heard, status } = await listen();
    expect(status).toBe(101);
    viewers.see(report('d-1', 1));
    socket.send(JSON.stringify(view));
    await expect
      .poll(() => heard.find(({ kind }) => kind === 'snapshot')?.drivers, { timeout: 10_000 })
      .toMatchObject([['d-1', place.lat, place.lng, 0, 1, 'free', 1]]);
    expect(heard.slice(0, 2)).toMatchObject([
      { kind: 'hello' },
      { kind: 'surge', cells: [['x', 2]] },
    ]);
    socket.close();
    await expect.poll(() => viewers.count, { timeout: 10_000 }).toBe(0);
  });

  it('refuses pages of other sites and names that only point here', async () => {
    expect((await listen({ origin: 'https://example.com' })).status).toBe(403);
    expect((await listen({ host: 'example.com' })).status).toBe(403);
    const headers = { origin: 'https://example.com' };
    for (const path of ['live/events', 'live/ask']) {
      const method = path === 'live/ask' ? 'POST' : 'GET';
      expect((await fetch(new URL(path, gateway.url), { method, headers })).status).toBe(403);
    }
  });

  it('answers to more names when it is told to, and says how where it is not', async () => {
    const proxied = await start('127.0.0.1', { names: ['City.example'] });
    const status = async (headers: Record<string, string>) =>
      (await answered(new URL(proxied.url), headers)).status;
    expect(await status({ host: 'city.example' })).toBe(200);
    expect(await status({ host: 'CITY.example:8443' })).toBe(200);
    const stranger = await answered(new URL(proxied.url), { host: 'other.example' });
    expect(stranger).toMatchObject({ status: 403 });
    expect(stranger.text).toContain("the name 'other.example'");
    expect(stranger.text).toContain('--allow-host');
    await proxied.close();
  });

  it('lets the pages that are there ask on when no more are taken', async () => {
    const full = await start('127.0.0.1', { viewers: new Viewers(), pagesMax: 1 });
    const ended = new AbortController();
    const events = await fetch(new URL('live/events', full.url), { signal: ended.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of events.body as unknown as AsyncIterable<Uint8Array>)
        text += new TextDecoder().decode(chunk);
    })().catch(() => {});
    await expect.poll(() => text, { timeout: 10_000 }).toContain('"kind":"hello"');
    const late = await fetch(new URL('live/events', full.url));
    expect([late.status, await late.text()]).toEqual([
      503,
      'as many pages as this server takes are open: come back later',
    ]);
    const headers = { 'x-session': /"session":"([^"]+)"/.exec(text)?.[1] ?? '' };
    const asked = { method: 'POST', headers, body: JSON.stringify(view) };
    expect((await fetch(new URL('live/ask', full.url), asked)).status).toBe(204);
    ended.abort();
    await reading;
    await full.close();
  });

  it('sends away who says what is no question, with a reason, and goes on for the others', async () => {
    const other = await listen();
    other.socket.send(JSON.stringify(view));
    const refused = gateway.refused;
    const nonsense = ['{', '[]', '{"west":"a"}', '{"ask":"everything"}'];
    for (const words of nonsense) {
      const { socket, closed } = await listen();
      socket.send(words);
      expect(await closed).toEqual([1008, 'what this page asked is not known here: reload it']);
    }
    const { socket, closed } = await listen();
    socket.send('x'.repeat(10_000));
    expect((await closed)[0]).toBe(1009); // too big
    expect(gateway.refused - refused).toBe(nonsense.length);
    viewers.see(report('d-2', 5));
    await expect.poll(() => JSON.stringify(other.heard), { timeout: 10_000 }).toContain('"d-2"');
    other.socket.close();
  });

  it('gives who asks for the whole world the cells of the city, and says so', async () => {
    const { socket, heard } = await listen();
    const world = { ask: 'view', west: -1e9, east: 1e9, south: -1e9, north: 1e9 };
    socket.send(JSON.stringify(world));
    const scope = () => heard.find(({ kind }) => kind === 'scope');
    await expect.poll(scope, { timeout: 10_000 }).toBeDefined();
    expect(scope()?.['cells']).toBeLessThan(2000);
    expect(scope()?.['words']).toMatch(
      /you asked for 2,000,000 km; the city ends after its \d+ cells/,
    );
    socket.close();
  });

  it('says the same over Server-Sent Events, with a POST for each question', async () => {
    const ended = new AbortController();
    const events = await fetch(new URL('live/events', gateway.url), { signal: ended.signal });
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of events.body as unknown as AsyncIterable<Uint8Array>)
        text += new TextDecoder().decode(chunk);
    })().catch(() => {});
    await expect.poll(() => text, { timeout: 10_000 }).toContain('"kind":"hello"');
    const session = /"session":"([^"]+)"/.exec(text)?.[1] ?? '';
    const ask = (body: string, name = session) =>
      fetch(new URL('live/ask', gateway.url), {
        method: 'POST',
        headers: { 'x-session': name },
        body,
      });
    viewers.see(report('d-3', 9));
    expect((await ask(JSON.stringify(view))).status).toBe(204);
    await expect.poll(() => text, { timeout: 10_000 }).toContain('"d-3"');
    expect((await ask('x'.repeat(10_000))).status).toBe(413);
    expect((await ask('{}', 'nobody')).status).toBe(410);
    expect((await ask('{')).status).toBe(204);
    await expect.poll(() => text, { timeout: 10_000 }).toContain('event: end\ndata: {"code":1008');
    ended.abort();
    await reading;
    await expect.poll(() => viewers.count, { timeout: 10_000 }).toBe(0);
  });

  it('tells who comes without a WebSocket what the address is for', async () => {
    expect((await fetch(new URL('live', gateway.url))).status).toBe(426);
  });
});

/** `fetch` does not let one say another Host. */
function answered(url: URL, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    get(url, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    }).on('error', reject);
  });
}

describe('the cells of a view', () => {
  it('cover every place in it, and are few when it is small', () => {
    const { cellsIn, map } = cityCells(city);
    const square = { west: 4000, east: 5000, south: 4000, north: 5000 };
    const { cells, words } = cellsIn(square);
    for (let xM = square.west; xM <= square.east; xM += 100) {
      for (let yM = square.south; yM <= square.north; yM += 100) {
        expect(cells).toContain(cellAt(toLat(yM), toLng(xM)));
      }
    }
    expect(cells.length).toBeLessThan(15);
    expect(words).toBeUndefined();
    expect(Object.keys(map.cells).length).toBeGreaterThan(150);
    expect(Object.keys(map.parents)).toEqual(Object.keys(map.cells));
  });
});
