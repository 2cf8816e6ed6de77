/**
 * How long the page's script works for a frame. Nothing is asserted of the time: it prints the figures, for the README, with
 * `npx vitest run --config .config/vitest.config.ts cmd/location/test/frames.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  executablePath,
  figure,
  inBrowser,
  openPage,
  startBrowser,
} from './browser.ts';
import { liveCity } from './live-city.ts';

const WAIT = { timeout: 30_000 };
const FRAMES = 200;

describe.skipIf(!executablePath)(inBrowser('the frames of the map'), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser({ width: 1280, height: 800 });
  });
  afterAll(() => browser?.close());

  for (const { drivers, zooms, title } of [
    { drivers: 1000, zooms: 0, title: '1,000 drivers, the whole city' },
    { drivers: 1000, zooms: 3, title: '1,000 drivers, nearer, with the ways of rides' },
    { drivers: 10_000, zooms: 0, title: '10,000 drivers, counted by cell' },
  ]) {
    it(`take so long with ${title}`, async () => {
      const city = await liveCity({ drivers, intervalMs: 4000 });
      try {
        const { page, wrong } = await openPage(browser, city.url);
        await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(drivers * 0.9);
        await page.locator('#map').focus();
        for (let i = 0; i < zooms; i++) await page.keyboard.press('+');
        await page.waitForTimeout(1000);
        await page.evaluate('jetlane.frames.clear()');
        const frames = () => page.evaluate('jetlane.frames.workMs.length');
        await expect.poll(frames, { timeout: 60_000 }).toBeGreaterThanOrEqual(FRAMES);
        const shares = [0.5, 0.95, 0.99];
        const [p50, p95, p99] = (await page.evaluate(
          `${JSON.stringify(shares)}.map((share) => jetlane.frames.quantileMs(share))`,
        )) as number[];
        const ms = (value = Number.NaN) => `${value.toFixed(2)} ms`;
        console.log(`${title}: script of a frame p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}`);
        expect(wrong).toEqual([]);
        await page.close();
      } finally {
        await city.close();
      }
    }, 120_000);
  }
});
