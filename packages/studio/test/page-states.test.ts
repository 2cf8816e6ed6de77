/** What the page says when all is not well: nothing there, gone, slow, not allowed, out of date. In a real browser. */
import { open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { type ServedStudio, serveStudio } from '@jetlane/studio';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, executablePath, inBrowser, openPage, startBrowser } from './browser.ts';

/** For a condition to come true, on a machine that is busy with something else. */
const waitMs = 40_000;
/** The browser itself tells of servers that are gone. */
const gone =
  /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY|ERR_FAILED|status of (?:404|503)/;
const views = ['overview', 'streams', 'workers', 'dead-letters', 'messages'] as const;

describe.skipIf(!executablePath)(
  inBrowser('a page that has little to show'),
  { timeout: 120_000 },
  () => {
    let server: Server;
    let studio: ServedStudio;
    let browser: Browser;
    let page: Page;
    let wrong: readonly string[];
    let closeConnection: () => Promise<void>;
    let serve: (port: number, actions?: 'off') => Promise<ServedStudio>;

    beforeAll(async () => {
      [server, browser] = await Promise.all([startServer(), startBrowser()]);
      const connection = await open({ servers: server.url });
      closeConnection = () => connection.nc.close();
      serve = (port, actions) => serveStudio({ connection, port, ...(actions ? { actions } : {}) });
      studio = await serve(0);
    });
    afterAll(async () => {
      await browser?.close();
      await studio?.close();
      await closeConnection?.();
      await server?.stop();
    });
    beforeEach(async () => {
      ({ page, wrong } = await openPage(browser, 'about:blank', { expected: gone }));
    });
    afterEach(async () => {
      expect(wrong.filter((line) => !line.startsWith('elsewhere: http://127.0.0.1'))).toEqual([]);
      await page.close();
    });

    const sees = (text: string | RegExp) =>
      page.getByText(text).first().waitFor({ timeout: waitMs });
    const says = (text: string | RegExp) =>
      page.locator('.banners').getByText(text).waitFor({ timeout: waitMs });

    it('says in each view what would appear there', async () => {
      const words = [
        'This server has no streams yet',
        'This server has no streams yet',
        'No workers here yet',
        'No dead letters',
        'There is nothing to browse yet',
      ];
      for (const [index, view] of views.entries()) {
        await page.goto(`${studio.url}#/${view}`);
        await sees(words[index] ?? '');
      }
      await page.goto(`${studio.url}#/workers`);
      await sees('The studio was started without an app');
    });

    it('says that it loads, before anything came', async () => {
      await page.route('**/api/live', () => new Promise(() => undefined));
      await page.route('**/api/snapshot', () => new Promise(() => undefined));
      await page.goto(studio.url);
      await sees('Loading what the server has');
      await sees('connecting');
    });

    it('says that the studio is gone and since when, and goes on by itself', async () => {
      await page.goto(studio.url);
      await page.locator('.status').getByText(/^live/).waitFor({ timeout: waitMs });
      const port = Number(new URL(studio.url).port);
      await studio.close();
      await says(/The studio’s server has not answered for/);
      expect(await page.locator('.banners').textContent()).toMatch(
        /What you see is from \d\d:\d\d/,
      );
      studio = await serve(port);
      await page.locator('.status').getByText(/^live/).waitFor({ timeout: waitMs });
      expect(await page.locator('.banners').textContent()).toBe('');
    });

    it('says that the nats-server is gone, and goes on when it is back', async () => {
      await page.goto(studio.url);
      await page.locator('.status').getByText(/^live/).waitFor({ timeout: waitMs });
      await server.kill();
      await says(/no connection to the nats-server/);
      await page.evaluate(`location.hash = '#/messages/NOWHERE'`);
      await sees('What is missing here is read again as soon as the connection is back');
      await server.restart();
      await page.locator('.status').getByText(/^live/).waitFor({ timeout: waitMs });
      await sees('There is no such stream');
    });

    it('asks again and again where events do not get through', async () => {
      await page.route('**/api/live', (route) => route.abort());
      await page.goto(studio.url);
      await says(/Live updates do not get through/);
      await sees('This server has no streams yet');
    });

    it('says that figures come seldom where reading takes long', async () => {
      await page.route('**/api/live', (route) => route.abort());
      await page.route('**/api/snapshot', async (route) => {
        const answer = await route.fetch();
        const slow = { ...(await answer.json()), everyMs: 9000, readMs: 4200 };
        await route.fulfill({ json: slow });
      });
      await page.goto(studio.url);
      await says(
        'Reading all streams and consumers takes 4 s, so new figures come every 9 s only.',
      );
    });

    it('says what could not be read, and does not take that for nothing', async () => {
      await page.route('**/api/live', (route) => route.abort());
      const gap = { what: 'the list of streams', code: 'PERMISSION_DENIED', words: 'may not ask' };
      await page.route('**/api/snapshot', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...(await answer.json()), gaps: [gap] } });
      });
      const words = {
        overview: 'No streams can be seen from here',
        streams: 'No streams can be seen from here',
        workers: 'No workers can be seen from here',
        'dead-letters': 'No dead letters can be seen from here',
        messages: 'Which streams there are is not known here',
      };
      for (const view of views) {
        await page.goto(`${studio.url}#/${view}`);
        await sees(words[view]);
        await sees('Not everything could be read');
        expect(await page.locator('.gaps').textContent(), view).toContain('the list of streams');
      }
    });

    it('says that its server is a newer one', async () => {
      let version = '1.0.0';
      await page.route('**/api/session', async (route) => {
        // It may be asked for just when the studio ends.
        const answer = await route.fetch().catch(() => undefined);
        if (answer === undefined) return route.abort();
        await route.fulfill({ json: { ...(await answer.json()), version } });
      });
      await page.goto(studio.url);
      await page.locator('.status').getByText(/^live/).waitFor({ timeout: waitMs });
      version = '1.1.0';
      const port = Number(new URL(studio.url).port);
      await studio.close();
      await says(/has not answered/);
      studio = await serve(port);
      await says(/The studio is now version 1\.1\.0, and this page is of 1\.0\.0/);
    });

    it('only looks where nothing may be done, and says how to allow it', async () => {
      const only = await serve(0, 'off');
      await page.goto(only.url);
      await sees('read-only');
      await page.goto(`${only.url}#/dead-letters/DLQ`);
      await sees(/Start it without --read-only/);
      await only.close();
    });

    it('shows what stands in the page before its script runs', async () => {
      await page.route('**/*.js', (route) => route.abort());
      await page.goto(studio.url);
      await sees('It needs JavaScript');
    });
  },
);
