/** The live page in a real browser, where one is installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PLACES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  PLACES.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The reason is part of the name, so a run without a browser says it. */
const title = executablePath
  ? 'the live page'
  : 'the live page (skipped: no Chromium here; install one or set CHROMIUM_PATH)';

describe.skipIf(!executablePath)(title, () => {
  let child: ChildProcess;
  let browser: BrowserContext;
  let address = '';
  let output = '';
  const profile = mkdtempSync(join(tmpdir(), 'location-page-'));

  beforeAll(async () => {
    const { NATS_URL: _, ...env } = process.env;
    const args = [MAIN, '--drivers', '200', '--interval', '1s', '--port', '0'];
    child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.on('data', (data) => {
      output += data;
    });
    await vi.waitFor(() => expect(output).toContain('http:'), { timeout: 40_000 });
    address = /http:\S+/.exec(output)?.[0] ?? '';
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: executablePath as string,
      headless: true,
      args: FLAGS,
      viewport: { width: 1200, height: 800 },
    });
  });

  afterAll(async () => {
    await browser?.close();
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    await ended;
    rmSync(profile, { recursive: true, force: true });
  });

  it('shows moving drivers and living figures, without an error or a request elsewhere', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    const elsewhere: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).host !== new URL(address).host) elsewhere.push(request.url());
    });
    await page.goto(address);
    const text = (id: string) => page.locator(`#${id}`).textContent();
    const figure = async (id: string) => Number((await text(id))?.replaceAll(',', ''));
    await expect.poll(() => text('state'), { timeout: 20_000 }).toBe('live');
    await expect.poll(() => figure('in-view'), { timeout: 20_000 }).toBeGreaterThan(150);
    await expect.poll(() => figure('publishes'), { timeout: 20_000 }).toBeGreaterThan(50);
    await expect.poll(() => figure('deliveries'), { timeout: 20_000 }).toBeGreaterThan(200);
    await expect.poll(() => page.locator('#services tr').count()).toBe(4);
    expect(await text('lost')).toBe('0');

    const picture = () => page.locator('#map').screenshot();
    const before = await picture();
    await expect.poll(async () => before.equals(await picture()), { timeout: 20_000 }).toBe(false);

    const all = await figure('in-view');
    await page.locator('#map').focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('+');
    await expect.poll(() => figure('in-view'), { timeout: 20_000 }).toBeLessThan(all / 3);
    expect({ errors, elsewhere }).toEqual({ errors: [], elsewhere: [] });
  });
});
