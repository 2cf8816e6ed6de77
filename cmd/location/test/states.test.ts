/** What the page says when things are not as they should be: nobody there, no connection, too slow, too old, no WebSocket. */
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoryFigures } from '#figures';
import { cellAt } from '../src/city/plane.ts';
import {
  type Browser,
  executablePath,
  figure,
  inBrowser,
  openPage,
  shownIds,
  startBrowser,
  violations,
} from './browser.ts';
import { type LiveCity, liveCity } from './live-city.ts';

const WAIT = { timeout: 25_000 };
/** What a browser writes on its console by itself when a server does not answer. */
const GONE =
  /WebSocket connection|ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|Failed to load resource|MIME/;

const NONE = { p50: null, p99: null, p999: null };
/** A second of a run that has not begun. */
const FIGURES: StoryFigures = {
  runS: 1,
  publishesPerS: 0,
  deliveriesPerS: 0,
  published: 0,
  resent: 0,
  duplicatesDropped: 0,
  late: 0,
  skipped: 0,
  failed: 0,
  unconfirmed: 0,
  stall: null,
  redelivered: 0,
  deadLetters: 0,
  lost: 0,
  secondMs: NONE,
  floorMs: null,
  services: {},
  rides: { requested: 0, matched: 0 },
  etaMedianAbsErrorS: null,
  fraud: { precision: null, recall: null },
  troubles: [],
  offers: [],
};

describe.skipIf(!executablePath)(inBrowser('the page'), { timeout: 90_000 }, () => {
  let browser: Browser;
  const endings: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function start(options: Parameters<typeof liveCity>[0] = {}): Promise<LiveCity> {
    const city = await liveCity(options);
    endings.push(() => city.close());
    return city;
  }
  async function open(url: string, options: Parameters<typeof openPage>[2] = {}) {
    const opened = await openPage(browser, url, options);
    endings.push(() => opened.page.close());
    return opened;
  }
  const notice = (page: Page) => async () => (await page.locator('.notices').textContent()) ?? '';
  const state = (page: Page) => () => page.locator('#state').textContent();

  it('says that nobody drives yet, and shows the first who does', async () => {
    const city = await start();
    const { page, wrong } = await open(city.url);
    await expect.poll(notice(page), WAIT).toContain('No driver is on the map');
    expect(await violations(page)).toEqual([]);
    const place = { lat: 10.04, lng: -29.93, cell: cellAt(10.04, -29.93) };
    const rest = { headingDeg: 90, speedMps: 8, status: 'free', takenAtMs: 1 };
    city.viewers.see({ driverId: 'd-1', ...place, ...rest });
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBe(1);
    await expect.poll(notice(page)).toBe('');
    expect(wrong).toEqual([]);
  });

  it('waits for the map of the city with words', async () => {
    const city = await start({ drivers: 50 });
    let refused = 0;
    const { page } = await open(city.url, {
      expected: GONE,
      prepare: (fresh) =>
        fresh.route('**/city.json', (route) => (refused++ < 1 ? route.abort() : route.continue())),
    });
    await expect.poll(notice(page), WAIT).toContain('did not load');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(20);
  });

  it('says that it is cut off, what it does about it, and is back by itself', async () => {
    const city = await liveCity({ drivers: 100 });
    const { page, wrong } = await open(city.url, { expected: GONE });
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(80);
    await city.close();
    await expect
      .poll(notice(page), WAIT)
      .toMatch(/What you see stands still\. Trying again in \d+ s \(attempt [2-9]\)/);
    await expect.poll(state(page)).toBe('no connection');
    expect((await shownIds(page)).length).toBeGreaterThan(80);
    expect(await violations(page)).toEqual([]);
    await expect.poll(notice(page), WAIT).toMatch(/attempt [4-9]/);
    await start({ drivers: 100, port: city.port });
    // Unless it is back by itself before.
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2000 })
      .catch(() => {});
    await expect.poll(state(page), WAIT).toMatch(/^live/);
    await expect.poll(notice(page), WAIT).toBe('');
    await expect.poll(() => page.locator('#summary').textContent(), WAIT).toContain('in view');
    expect(wrong).toEqual([]);
  });

  it('lets everything stand still while it is cut off, countdowns too', async () => {
    const city = await liveCity({ drivers: 300 });
    const { page } = await open(city.url, { expected: GONE });
    await page.getByRole('button', { name: 'List' }).click(WAIT);
    await page.locator('#choices button', { hasText: 'a driver comes' }).first().click(WAIT);
    const eta = async () =>
      /pick-up in(\d+:\d\d)/.exec((await page.locator('#card').textContent()) ?? '')?.[1];
    await expect.poll(eta, WAIT).toBeDefined();
    await city.close();
    await expect.poll(notice(page), WAIT).toContain('stands still');
    const atFirst = [await eta(), await page.locator('.messages').textContent()];
    await expect.poll(notice(page), WAIT).toMatch(/attempt [4-9]/); // some seconds later
    expect([await eta(), await page.locator('.messages').textContent()]).toEqual(atFirst);
  });

  it('says what stands still in the city while it is connected, and when it flows again', async () => {
    const city = await start({ drivers: 50 });
    const { page, wrong } = await open(city.url);
    await expect.poll(state(page), WAIT).toBe('live');
    const stall = { where: 'stream', forMs: 5000, answers: false, copies: 3 };
    city.viewers.tellAll({ kind: 'figures', figures: { ...FIGURES, stall, unconfirmed: 1250 } });
    await expect
      .poll(notice(page), WAIT)
      .toMatch(/^No positions for \d+ s: no server answers as the leader/);
    expect(await notice(page)()).toContain('1,250 reports wait and are sent again until stored.');
    await expect.poll(state(page)).toBe('live, waiting');
    expect(await violations(page)).toEqual([]);
    const alone = { ...stall, copies: 1 };
    city.viewers.tellAll({
      kind: 'figures',
      figures: { ...FIGURES, stall: alone, unconfirmed: 1 },
    });
    await expect
      .poll(notice(page), WAIT)
      .toContain('nats-server does not answer. 1 report waits and is');
    city.viewers.tellAll({ kind: 'figures', figures: FIGURES });
    await expect.poll(notice(page), WAIT).toBe('');
    expect(await state(page)()).toBe('live');
    expect(wrong).toEqual([]);
  });

  it('says that it reads too slowly, and that it was sent away for it', async () => {
    const city = await start({ drivers: 50 });
    const { page, wrong } = await open(city.url);
    await expect.poll(state(page), WAIT).toBe('live');
    city.viewers.tellAll({ kind: 'slow', behindMs: 3200 });
    await expect
      .poll(notice(page), WAIT)
      .toContain('reads more slowly than the city speaks: it shows fewer updates, and missed 3 s');
    for (const socket of city.sockets) socket.close(1013, 'this page reads too slowly');
    await expect
      .poll(notice(page), WAIT)
      .toContain('The city closed the connection: this page reads too slowly.');
    await expect.poll(state(page), WAIT).toBe('live');
    expect(wrong).toEqual([]);
  });

  it('goes by Server-Sent Events in a browser without WebSocket, with everything that it can do', async () => {
    const city = await start({ drivers: 200 });
    const { page, wrong } = await open(city.url, {
      prepare: (fresh) => fresh.addInitScript('delete window.WebSocket'),
    });
    await expect.poll(state(page), WAIT).toBe('live, by events');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(150);
    await page.locator('#map').focus();
    await page.keyboard.press('n');
    await expect.poll(() => page.locator('.messages li').count(), WAIT).toBeGreaterThan(1);
    for (let i = 0; i < 6; i++) await page.keyboard.press('+');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeLessThan(60);
    expect(wrong).toEqual([]);
    await page.close();
    await expect.poll(() => city.viewers.count, WAIT).toBe(0);
  });

  it('finds that way by itself behind a proxy that lets no WebSocket through', async () => {
    const city = await start({ drivers: 100 });
    const url = await proxyTo(city.port, (_, socket) => void socket.destroy());
    const { page } = await open(url, { expected: GONE });
    await expect.poll(state(page), WAIT).toBe('live, by events');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(80);
  });

  it('finds it, too, behind a proxy that cuts every WebSocket after a moment', async () => {
    const city = await start({ drivers: 100 });
    const url = await proxyTo(city.port, (head, socket) => {
      const through = connect(city.port, '127.0.0.1', () => through.write(head));
      through.pipe(socket).pipe(through);
      for (const end of [through, socket]) end.on('error', () => {});
      setTimeout(() => socket.destroy(), 900);
    });
    const { page } = await open(url, { expected: GONE });
    await expect.poll(state(page), WAIT).toBe('live, by events');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(80);
  });

  it('says so where there is neither', async () => {
    const city = await start({ drivers: 10 });
    const { page } = await open(city.url, {
      prepare: (fresh) => fresh.addInitScript('delete window.WebSocket; delete window.EventSource'),
    });
    await expect.poll(notice(page), WAIT).toContain('neither WebSocket nor EventSource');
    expect(await state(page)()).toBe('not possible here');
  });

  it('loads the new page once when it is an old one, and then asks to', async () => {
    const city = await start({ drivers: 10, build: 'another-build' });
    let loads = 0;
    const { page } = await open(city.url, {
      expected: GONE,
      prepare: (fresh) => Promise.resolve(fresh.on('load', () => loads++)),
    });
    await expect.poll(notice(page), WAIT).toContain('This page is older than the city');
    expect(loads).toBe(2);
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(5);
    expect(await page.getByRole('button', { name: 'Reload' }).count()).toBe(1);
  });

  it.each([400, 1280, 2560])('fits into %i pixels, without scrolling sideways', async (width) => {
    const city = await start({ drivers: 100 });
    const { page, wrong } = await open(city.url);
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(80);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const map = await page.locator('#map').boundingBox();
    expect(map?.width).toBeGreaterThan(width / 2);
    expect(wrong).toEqual([]);
  });

  it('weighs less than 400 kB, compressed, with everything', async () => {
    const city = await start({ drivers: 10 });
    const page = await browser.context.newPage();
    endings.push(() => page.close());
    const sizes = new Map<string, number>();
    page.on('requestfinished', async (finished) => {
      const { pathname } = new URL(finished.url());
      if (!pathname.startsWith('/live')) {
        sizes.set(pathname, (await finished.sizes()).responseBodySize);
      }
    });
    await page.goto(city.url);
    await expect.poll(state(page), WAIT).toBe('live');
    await expect.poll(() => sizes.size, WAIT).toBeGreaterThanOrEqual(4);
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    console.log(
      `page weight: ${(total / 1000).toFixed(1)} kB compressed`,
      Object.fromEntries(sizes),
    );
    expect(total).toBeGreaterThan(20_000);
    expect(total).toBeLessThan(400_000);
  });

  /** Hands on what is plain HTTP; `upgraded` gets the head of a WebSocket's request. */
  async function proxyTo(
    port: number,
    upgraded: (head: string, socket: Socket) => void,
  ): Promise<string> {
    const open = new Set<Socket>();
    const server: Server = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const on = request({ port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      on.on('error', () => outgoing.destroy());
      outgoing.on('close', () => on.destroy());
      incoming.pipe(on);
    });
    server.on('connection', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    server.on('upgrade', ({ method, url, rawHeaders }, socket) => {
      const lines = rawHeaders.flatMap((name, i) =>
        i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : [],
      );
      upgraded(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, socket as Socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endings.push(async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
});
