/** The map in a real browser: what it shows, and how hands, keys and screen readers get along with it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Browser,
  executablePath,
  figure,
  inBrowser,
  openPage,
  shownIds,
  startBrowser,
  violations,
  whereIs,
} from './browser.ts';
import { type LiveCity, liveCity } from './live-city.ts';

const WAIT = { timeout: 20_000 };

describe.skipIf(!executablePath)(inBrowser('the map'), { timeout: 90_000 }, () => {
  let city: LiveCity;
  let browser: Browser;
  let page: Page;
  let wrong: readonly string[];

  beforeAll(async () => {
    city = await liveCity({ drivers: 600 });
    browser = await startBrowser({ width: 1280, height: 800 });
    ({ page, wrong } = await openPage(browser, city.url));
    await vi.waitFor(async () => expect(await figure(page, 'in-view')).toBeGreaterThan(500), WAIT);
  });

  afterAll(async () => {
    await browser?.close();
    await city?.close();
  });

  const cost = async () => (await page.locator('#cost').textContent()) ?? '';
  const cells = async () => Number(/([\d,]+) cells?/.exec(await cost())?.[1]?.replace(',', ''));

  it('lets drivers glide: between two pictures nobody jumps but those who cheat', async () => {
    const moved = (await page.evaluate(`new Promise((resolve) => {
      const last = new Map(), far = new Map();
      let frames = 0, some = 0;
      const look = () => {
        const now = performance.now();
        for (const id of jetlane.ids()) {
          const { x, y } = jetlane.where(id);
          const before = last.get(id);
          if (before) {
            const way = Math.hypot(x - before.x, y - before.y);
            if (way > 0.01) some++;
            // The picture may be one frame behind the clock.
            const took = Math.max(16, now - before.ms, before.took);
            far.set(id, Math.max(far.get(id) ?? 0, (way / took) * 1000));
          }
          last.set(id, { x, y, ms: now, took: before ? now - before.ms : 16 });
        }
        if (++frames < 90) requestAnimationFrame(look);
        else resolve({ some, far: [...far] });
      };
      look();
    })`)) as { some: number; far: [string, number][] };
    expect(moved.some).toBeGreaterThan(1000);
    const jumping = moved.far.filter(([, mps]) => mps > 120);
    expect(jumping.length).toBeLessThan(12); // 0.4 % cheat, and now and then a fix is bad
  });

  it('says what the view costs, and asks for less when it is smaller', async () => {
    const [before, drivers] = [await cells(), await figure(page, 'in-view')];
    await expect.poll(cost, WAIT).toMatch(/[1-9][\d,]* messages\/s · [\d.]+ KiB\/s/);
    await page.locator('#map').focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press('+');
    await expect.poll(cells, WAIT).toBeLessThan(before / 3);
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeLessThan(drivers / 2);
    await page.keyboard.press('0');
    await expect.poll(cells, WAIT).toBe(before);
    await page.mouse.move(300, 400);
    await page.mouse.wheel(0, -600);
    await expect.poll(cells, WAIT).toBeLessThan(before);
    await page.getByRole('button', { name: 'Show the whole city' }).click();
    await expect.poll(cells, WAIT).toBe(before);
  });

  it('opens a driver under the pointer, message by message, with what each took', async () => {
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => clickSomebody(page), WAIT).toMatch(/^Driver d-/);
    const lines = page.locator('.messages li');
    await expect.poll(() => lines.count(), WAIT).toBeGreaterThan(2);
    const first = page.locator('.messages li').first();
    await expect
      .poll(() => first.textContent(), WAIT)
      .toMatch(/#[\d,]+.*stored [\d.]+ ms.*here [\d.]+ ms/);
    expect(await first.locator('code').textContent()).toContain('location.updated');
    await first.locator('summary').click();
    expect(await page.locator('.messages pre').first().textContent()).toContain('"takenAtMs"');
    await page.locator('#map').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('#card').count()).toBe(0);
  });

  it('follows a ride from the request to the driver, and counts down to its arrival', async () => {
    await page.getByRole('button', { name: 'Show the whole city' }).click();
    await page.getByRole('button', { name: 'List' }).click();
    const rider = page
      .locator('#choices button', { hasText: /a rider waits|a driver comes/ })
      .first();
    await rider.click(WAIT);
    const card = page.locator('#card');
    await expect.poll(() => card.textContent(), WAIT).toMatch(/Ride r-\d+/);
    await expect.poll(() => card.textContent(), WAIT).toContain('a driver is on the way');
    const left = async () => {
      const [, m, s] = /pick-up in(\d+):(\d\d)/.exec((await card.textContent()) ?? '') ?? [];
      return m === undefined ? Number.NaN : Number(m) * 60 + Number(s);
    };
    await expect.poll(left, WAIT).toBeGreaterThan(0);
    const from = await left();
    await expect.poll(left, WAIT).toBeLessThan(from);
    await expect.poll(() => card.textContent()).toMatch(/RideRequested[\s\S]*|RideMatched/);
    await page.getByRole('button', { name: /^Its driver/ }).click();
    await expect.poll(() => card.textContent(), WAIT).toMatch(/Driver d-\d+/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  });

  it('goes through drivers with the keys alone', async () => {
    await page.locator('#map').focus();
    await page.keyboard.press('n');
    await expect.poll(() => page.locator('#card h2').textContent(), WAIT).toMatch(/^Driver/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'List' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#choices button').first().waitFor();
    await page.keyboard.press('Tab');
    const focused = () => page.evaluate('document.activeElement.textContent') as Promise<string>;
    const first = await focused();
    expect(first).toMatch(/^d-/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).not.toBe(first);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#card h2').textContent(), WAIT).toMatch(/^Driver d-/);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('#choices').count()).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('#card').count()).toBe(0);
  });

  it('marks who was caught, and says why', async () => {
    const caught = page.locator('#choices button', { hasText: 'caught:' }).first();
    await page.getByRole('button', { name: 'Show the whole city' }).click();
    await page.getByRole('button', { name: 'List' }).click();
    await caught.click(WAIT);
    await expect
      .poll(() => page.locator('#card .flag').textContent(), WAIT)
      .toMatch(/Caught: (teleports|two phones), its reports imply [\d,]+ m\/s/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  });

  it('tells who does not see it how the city is', async () => {
    expect(await page.locator('#summary').textContent()).toMatch(
      /drivers in view; .*rides?, \d+ waiting; .*caught by fraud; surge in/,
    );
    expect(await page.locator('#map').getAttribute('aria-label')).toBe('Live map of the city');
  });

  it('has no violation that axe-core finds, in light and in dark', async () => {
    await page.getByRole('button', { name: 'List' }).click();
    await page.locator('#choices button').first().click();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(wrong).toEqual([]);
  });
});

/** Aims at somebody near the middle; returns the heading of what opened. */
async function clickSomebody(page: Page): Promise<string> {
  for (const id of await shownIds(page)) {
    const spot = await whereIs(page, id);
    if (!spot || Math.abs(spot.left - 420) > 120 || Math.abs(spot.top - 400) > 120) continue;
    await page.mouse.click(spot.left, spot.top);
    const heading = page.locator('#card h2');
    await heading.waitFor({ timeout: 1000 }).catch(() => {});
    return (await heading.count()) > 0 ? ((await heading.textContent()) ?? '') : '';
  }
  return '';
}

describe.skipIf(!executablePath)(inBrowser('the map of a crowd'), { timeout: 90_000 }, () => {
  it('counts by cell, says so, and shows each driver when one comes near', async () => {
    const city = await liveCity({ drivers: 4000, intervalMs: 2000 });
    const browser = await startBrowser({ width: 1280, height: 800 });
    try {
      const { page, wrong } = await openPage(browser, city.url);
      await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(3500);
      await expect.poll(() => page.locator('.in-view').textContent()).toContain('counted by cell');
      expect(await shownIds(page)).toEqual([]);
      expect(await page.locator('.legend').textContent()).toContain('Zoom in to see each');
      const reports = async () =>
        Number(
          /([\d,]+) messages/
            .exec((await page.locator('#cost').textContent()) ?? '')?.[1]
            ?.replace(',', ''),
        );
      await expect.poll(reports, WAIT).toBeGreaterThan(1000); // 2,000 a second are behind it
      await page.getByRole('button', { name: 'List' }).click();
      await page.locator('#choices button').first().click();
      await page.locator('#map').focus();
      await page.keyboard.press('+');
      await page.keyboard.press('+');
      await expect.poll(async () => (await shownIds(page)).length, WAIT).toBeGreaterThan(20);
      await page.keyboard.press('0');
      await expect.poll(() => page.locator('.in-view').textContent(), WAIT).toContain('by cell');
      expect(wrong).toEqual([]);
    } finally {
      await browser.close();
      await city.close();
    }
  });
});

describe.skipIf(!executablePath)(inBrowser('the map on a phone'), { timeout: 90_000 }, () => {
  it('fits, is moved and zoomed by fingers, opens who is touched, and pulls up its figures', async () => {
    const city = await liveCity({ drivers: 300 });
    const browser = await startBrowser({
      width: 400,
      height: 800,
      touch: true,
      reducedMotion: true,
    });
    try {
      const { page, wrong } = await openPage(browser, city.url);
      await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(250);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide).toBeLessThanOrEqual(400);
      const touch = await page.context().newCDPSession(page);
      const fingers = (type: string, points: readonly (readonly [number, number])[]) =>
        touch.send('Input.dispatchTouchEvent', {
          type: type as 'touchStart',
          touchPoints: points.map(([x, y], id) => ({ x, y, id })),
        });
      await fingers('touchStart', [
        [180, 300],
        [220, 300],
      ]);
      for (let i = 1; i <= 10; i++) {
        await fingers('touchMove', [
          [180 - i * 12, 300],
          [220 + i * 12, 300],
        ]);
      }
      await fingers('touchEnd', []);
      await expect.poll(() => figure(page, 'in-view'), WAIT).toBeLessThan(120);
      const target = await expect
        .poll(() => somebodyOnScreen(page), WAIT)
        .toBeDefined()
        .then(() => somebodyOnScreen(page));
      await page.touchscreen.tap(target?.left ?? 0, target?.top ?? 0);
      await expect.poll(() => page.locator('#card').count(), WAIT).toBe(1);
      await page.getByRole('button', { name: /^Close/ }).tap();
      const height = async () => (await page.locator('#story').boundingBox())?.height ?? 0;
      const before = await height();
      await page.locator('#sheet').tap();
      await expect.poll(height).toBeGreaterThan(before * 2);
      expect(await violations(page)).toEqual([]);
      expect(wrong).toEqual([]);
    } finally {
      await browser.close();
      await city.close();
    }
  });
});

async function somebodyOnScreen(page: Page) {
  for (const id of await shownIds(page)) {
    const spot = await whereIs(page, id);
    if (spot && spot.left > 60 && spot.left < 330 && spot.top > 150 && spot.top < 400) return spot;
  }
  return undefined;
}
