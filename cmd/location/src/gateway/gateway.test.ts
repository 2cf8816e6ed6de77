import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { generateCity } from '../city/city.ts';
import { cellAt, toLat, toLng } from '../city/plane.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { cityCells } from './map.ts';
import { Viewers } from './viewers.ts';

const city = generateCity(7);
const viewers = new Viewers();
let gateway: Gateway;

beforeAll(async () => {
  const greeting = () => [{ kind: 'surge', cells: [['x', 2]] }];
  gateway = await startGateway({ host: '127.0.0.1', port: 0, city, viewers, greeting });
});
afterAll(() => gateway.close());

/** A connected socket and what it hears. */
async function listen(headers: Record<string, string> = {}) {
  const socket = new WebSocket(new URL('live', gateway.url.replace('http', 'ws')), { headers });
  const heard: { kind: string; drivers?: unknown[] }[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => resolve(0));
  });
  return { socket, heard, status };
}

describe('the gateway', () => {
  it('serves the page and the city, and lets the page load nothing from elsewhere', async () => {
    const page = await fetch(gateway.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<canvas');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const map = (await (await fetch(new URL('city.json', gateway.url))).json()) as {
      roads: number[][];
    };
    expect(map.roads.map((ends) => ends.length > 0)).toEqual([true, true, true]);
    expect((await fetch(new URL('../package.json', gateway.url))).status).toBe(404);
  });

  it('greets a page, and sends it the drivers in its view', async () => {
    const { socket, heard, status } = await listen();
    expect(status).toBe(101);
    const [xM, yM] = [3000, 3000];
    const place = { lat: toLat(yM), lng: toLng(xM), cell: cellAt(toLat(yM), toLng(xM)) };
    const rest = { headingDeg: 0, speedMps: 1, status: 'free', takenAtMs: 1 };
    viewers.see({ driverId: 'd-1', ...place, ...rest });
    for (const nonsense of ['{', '[]', '{"west":"a"}']) socket.send(nonsense);
    socket.send(JSON.stringify({ west: 2900, east: 3100, south: 2900, north: 3100 }));
    await expect
      .poll(() => heard.find(({ kind }) => kind === 'snapshot')?.drivers, { timeout: 10_000 })
      .toMatchObject([['d-1', place.lat, place.lng, 0, 1, 'free', 1]]);
    expect(heard[0]).toEqual({ kind: 'surge', cells: [['x', 2]] });
    socket.close();
    await expect.poll(() => viewers.count, { timeout: 10_000 }).toBe(0);
  });

  it('refuses pages of other sites and names that only point here', async () => {
    expect((await listen({ origin: 'https://example.com' })).status).toBe(403);
    expect((await listen({ host: 'example.com' })).status).toBe(403);
  });
});

describe('the cells of a view', () => {
  it('cover every place in it, and are few when it is small', () => {
    const { cellsIn, map } = cityCells(city);
    const view = { west: 4000, east: 5000, south: 4000, north: 5000 };
    const cells = cellsIn(view);
    for (let xM = view.west; xM <= view.east; xM += 100) {
      for (let yM = view.south; yM <= view.north; yM += 100) {
        expect(cells).toContain(cellAt(toLat(yM), toLng(xM)));
      }
    }
    expect(cells.length).toBeLessThan(15);
    expect(Object.keys(map.cells).length).toBeGreaterThan(150);
  });
});
