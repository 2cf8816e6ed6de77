/** The page for everybody: with a keyboard, a screen reader, a phone, a large screen, in light and dark. In a real browser. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  executablePath,
  expectNoSidewaysScroll,
  inBrowser,
  openPage,
  startBrowser,
  violations,
} from './browser.ts';
import { openShop, type Shop } from './page-shop.ts';

/** For a condition to come true, on a machine that is busy with something else. */
const waitMs = 40_000;
const places: readonly (readonly [hash: string, seen: string])[] = [
  ['#/overview', 'Messages per second'],
  ['#/streams', 'billing'],
  ['#/streams/ORDERS', 'OrderPlaced v1'],
  ['#/streams/ORDERS/billing', 'What it does'],
  ['#/workers', 'by key'],
  ['#/workers/billing', 'Set-up'],
  ['#/dead-letters', 'cannot charge'],
  ['#/messages/ORDERS', 'orders.placed.o-1'],
  ['#/messages/ORDERS/1', 'decoded by its contract'],
];

describe.skipIf(!executablePath)(
  inBrowser('the studio’s page, for everybody'),
  { timeout: 120_000 },
  () => {
    let shop: Shop;
    let browser: Browser;
    let page: Page;
    let wrong: readonly string[];

    beforeAll(async () => {
      [shop, browser] = await Promise.all([openShop(), startBrowser()]);
      for (let index = 1; index <= 20; index += 1) await shop.place(`o-${index}`, index);
      await shop.place('bad', -1);
      ({ page, wrong } = await openPage(browser, shop.url));
    });
    afterAll(async () => {
      await browser?.close();
      await shop?.close();
    });

    const show = async (hash: string, text: string) => {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.locator('main').getByText(text).first().waitFor({ timeout: waitMs });
    };

    for (const colorScheme of ['light', 'dark'] as const) {
      it(`has nothing that axe-core objects to, in ${colorScheme}`, async () => {
        await page.emulateMedia({ colorScheme });
        for (const [hash, text] of places) {
          await show(hash, text);
          expect(await violations(page), `${hash} in ${colorScheme}`).toEqual([]);
        }
        await show('#/dead-letters', 'cannot charge');
        await page.getByRole('button', { name: 'Replay …' }).first().click();
        await page.getByRole('dialog').waitFor();
        expect(await violations(page), `a dialog in ${colorScheme}`).toEqual([]);
        await page.keyboard.press('Escape');
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
        expect(await violations(page), `the help in ${colorScheme}`).toEqual([]);
        await page.keyboard.press('Escape');
      });
    }

    it.each([400, 1280, 2560])('fits into %i pixels, without scrolling sideways', async (width) => {
      await page.setViewportSize({ width, height: 900 });
      for (const [hash, text] of places) {
        await show(hash, text);
        await expectNoSidewaysScroll(page);
      }
      expect(wrong).toEqual([]);
    });

    it('takes the focus along to what was opened', async () => {
      await page.setViewportSize({ width: 1280, height: 900 });
      await show('#/overview', 'Messages per second');
      await page.getByRole('navigation', { name: 'Views' }).getByText('Workers').click();
      await expect
        .poll(() => page.evaluate('document.activeElement.tagName'), { timeout: waitMs })
        .toBe('MAIN');
      expect(await page.title()).toContain('Workers');
    });

    it('says the values of a chart as words, and as a table on demand', async () => {
      await show('#/overview', 'Messages per second');
      const plot = page.getByRole('img', { name: /^Messages that wait: lag [\d,]+, between/ });
      await plot.waitFor({ timeout: waitMs });
      await page.getByText('Values as a table').last().click();
      const table = page.getByRole('table', { name: 'Messages that wait: the newest values' });
      await expect
        .poll(() => table.locator('tbody tr').count(), { timeout: waitMs })
        .toBeGreaterThan(1);
    });
  },
);
