/** The page of the whole demo in a real browser: services, streams and map together. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Browser,
  executablePath,
  figure,
  inBrowser,
  openPage,
  startBrowser,
} from './browser.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const WAIT = { timeout: 20_000 };

describe.skipIf(!executablePath)(inBrowser('the live page'), { timeout: 90_000 }, () => {
  let child: ChildProcess;
  let browser: Browser;
  let address = '';
  let output = '';

  beforeAll(async () => {
    browser = await startBrowser();
    const { NATS_URL: _, ...env } = process.env;
    const args = [MAIN, '--drivers', '200', '--interval', '1s', '--port', '0'];
    child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.on('data', (data) => {
      output += data;
    });
    await vi.waitFor(() => expect(output).toContain('http:'), { timeout: 40_000 });
    address = /http:\S+/.exec(output)?.[0] ?? '';
  });

  afterAll(async () => {
    await browser?.close();
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    await ended;
  });

  it('shows moving drivers and living figures, without an error or a request elsewhere', async () => {
    const { page, wrong } = await openPage(browser, address);
    await expect.poll(() => page.locator('#state').textContent(), WAIT).toBe('live');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(150);
    await expect.poll(() => figure(page, 'publishes'), WAIT).toBeGreaterThan(50);
    await expect.poll(() => figure(page, 'deliveries'), WAIT).toBeGreaterThan(200);
    await expect.poll(() => page.locator('#story [data-service]').count(), WAIT).toBe(4);
    // It trails while the machine is busy.
    await expect.poll(() => figure(page, 'lost'), WAIT).toBe(0);

    const picture = () => page.locator('#map').screenshot();
    const before = await picture();
    await expect.poll(async () => before.equals(await picture()), WAIT).toBe(false);

    const all = await figure(page, 'in-view');
    await page.locator('#map').focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('+');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeLessThan(all / 3);
    expect(wrong).toEqual([]);
  });

  it('reads the messages of a driver and of a ride from the streams, and hears those that come', async () => {
    const { page, wrong } = await openPage(browser, address);
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(150);
    await page.locator('#map').focus();
    await page.keyboard.press('n');
    const card = page.locator('#card');
    const line = page.locator('.messages li').first();
    await expect
      .poll(() => line.textContent(), WAIT)
      .toMatch(
        /LocationUpdated.*location\.updated\.\w+\.d-\d+.*#[\d,]+.*stored [\d.]+ m?s.*here [\d.]+ m?s/,
      );
    await page.keyboard.press('Escape');
    // The map went to the driver, and the list has who is in view.
    await page.locator('#map').focus();
    await page.keyboard.press('0');
    await expect.poll(() => figure(page, 'in-view'), WAIT).toBeGreaterThan(150);
    await page.getByRole('button', { name: 'List' }).click();
    await expect.poll(() => page.locator('#choices').textContent(), WAIT).toContain('in the city');
    // A ride is in the list from its match until its rider is in the car: among so few drivers that may take a while.
    const coming = page.locator('#choices button', { hasText: 'a driver comes' }).first();
    await coming.click({ timeout: 60_000 });
    await expect.poll(() => card.textContent(), WAIT).toContain('RideRequested');
    await expect.poll(() => card.textContent(), WAIT).toContain('RideMatched');
    await expect.poll(() => card.textContent(), WAIT).toContain('market.eta.r-');
    expect(wrong).toEqual([]);
  });
});
