/** The story panel in a real browser: its figures, and every way to break the demo from the page. */
import { startServer } from '@jetlane/devserver';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Browser,
  executablePath,
  inBrowser,
  openPage,
  startBrowser,
  violations,
} from './browser.ts';
import { panel, type StoryDemo, storyDemo } from './story-demo.ts';

const SERVICES = ['matching', 'eta', 'fraud', 'surge'] as const;
const SOON = { timeout: 60_000 };
/** Longer than an ack wait: what a dead process held comes again within it. */
const LATE = { timeout: 90_000 };

describe.skipIf(!executablePath)(inBrowser('the story panel'), () => {
  let browser: Browser;
  let demo: StoryDemo;
  let page: Page;
  let story: ReturnType<typeof panel>;
  let wrong: readonly string[];

  beforeAll(async () => {
    browser = await startBrowser({ width: 1280, height: 900 });
    demo = await storyDemo({});
    // A refusal is an answer that the browser tells on its console, too.
    const opened = await openPage(browser, demo.url, { expected: /409 \(Conflict\)/ });
    ({ page, wrong } = opened);
    story = panel(page);
    await vi.waitFor(async () => expect(await story.rate('publishes')).toBeGreaterThan(60), LATE);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    const status = await demo.end();
    expect(demo.output()).toContain('nothing lost');
    expect(status).toBe(0);
  }, 180_000);

  let before: Record<string, number>;
  beforeEach(async () => {
    before = await redeliveries();
  });
  afterEach(async () => {
    expect(await story.lost()).toBe(0);
    expect(wrong).toEqual([]);
  });

  async function redeliveries(): Promise<Record<string, number>> {
    const pairs = SERVICES.map(async (name) => [name, await story.redelivered(name)] as const);
    return Object.fromEntries(await Promise.all(pairs));
  }

  /** The newest trouble is over, nothing was lost, and no other service got anything twice. */
  async function over(hit?: string): Promise<string> {
    await expect.poll(() => story.phase(), LATE).toBe('over');
    const now = await redeliveries();
    for (const name of SERVICES) {
      if (hit !== undefined && name !== hit) expect(now[name]).toBe(before[name]);
    }
    const words = await story.words();
    expect(words).toContain('nothing lost');
    return words;
  }

  it('tells what goes in, what comes out, how fast, and that nothing is lost', async () => {
    await expect.poll(() => story.rate('deliveries'), SOON).toBeGreaterThan(250);
    for (const name of SERVICES) expect(await story.processes(name)).toBe(1);
    const chart = story.story.getByRole('img', { name: /^Latency of all services: p50 / });
    await expect
      .poll(() => chart.getAttribute('aria-label'), SOON)
      .toMatch(/p99 [\d.]+ m?s.*core NATS p50 [\d.]+ ms/);
    await story.story.getByRole('combobox').selectOption('eta');
    await expect
      .poll(
        () => story.story.getByRole('img', { name: /^Latency of eta: p50 [\d.]+ ms/ }).count(),
        SOON,
      )
      .toBe(1);
    expect(await story.story.locator('.meter').count()).toBe(4);
  });

  it('shows the last minutes to a page that comes later', async () => {
    const later = await browser.context.newPage();
    try {
      const told = async () => {
        const answer = later.waitForResponse((response) => response.url().endsWith('/story'));
        await later.goto(demo.url);
        return ((await (await answer).json()) as { history: unknown[] }).history.length;
      };
      // A point a second, and the demo may have begun only just now.
      await expect.poll(told, LATE).toBeGreaterThan(3);
    } finally {
      await later.close();
    }
  });

  it('has no barrier that axe knows of, light or dark, wide or narrow', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [400, 1280]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await violations(page)).toEqual([]);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('kills a service: another process takes its place, and what the dead one held comes again', async () => {
    await story.pick('eta');
    await story.begin('Kill eta');
    await expect.poll(() => story.words(), SOON).toMatch(/^eta was killed/);
    expect(await over('eta')).toMatch(/back after [\d.]+ s: [\d,]+ redelivered/);
    await expect.poll(() => story.processes('eta'), SOON).toBe(1);
    const said = story.story.locator('[role="status"]');
    await expect.poll(() => said.textContent(), SOON).toContain('eta killed, over: eta was killed');
  }, 180_000);

  it('slows a service down: it falls behind by itself, and catches up when it is mended', async () => {
    await story.pick('surge');
    await story.begin('Slow surge down');
    await expect.poll(() => story.lag('surge'), SOON).toBeGreaterThan(150);
    for (const name of SERVICES)
      if (name !== 'surge') expect(await story.lag(name)).toBeLessThan(100);
    await story.press('Mend everything');
    expect(await over('surge')).toMatch(/^surge was slow for .*, all handled [\d.]+ s after/);
    await expect.poll(() => story.lag('surge'), SOON).toBeLessThan(100);
  }, 180_000);

  it('blocks an event loop for longer than the ack wait: the server takes back what it held', async () => {
    await story.pick('matching');
    await story.begin('Block matching');
    expect(await over('matching')).toMatch(
      /the event loop of matching stood still for 1[1-5]\.\d s/,
    );
    expect((await redeliveries())['matching']).toBeGreaterThan(before['matching'] ?? 0);
  }, 180_000);

  it('poisons one report in a hundred: dead letters of that service alone, which are replayed', async () => {
    await story.pick('fraud');
    await story.begin('Poison fraud');
    await expect.poll(() => story.deadLetters('fraud'), SOON).toBeGreaterThan(2);
    await story.press('Mend everything');
    await over('fraud');
    for (const name of SERVICES)
      if (name !== 'fraud') expect(await story.deadLetters(name)).toBe(0);
    const letters = await story.deadLetters('fraud');
    await story.story.getByRole('button', { name: /^Replay \d+ to fraud$/ }).click();
    await expect.poll(() => story.deadLetters('fraud'), SOON).toBe(0);
    await expect.poll(() => story.words(), SOON).toContain(`${letters} replayed, 0 left`);
  }, 180_000);

  it('sends every report twice: the stream keeps one, and no service is given the other', async () => {
    const dropped = await story.duplicates();
    await story.begin('Send every report twice');
    await expect.poll(() => story.duplicates(), SOON).toBeGreaterThan(dropped + 200);
    await story.trouble().getByRole('button', { name: 'Mend' }).click();
    expect(await over('nobody')).toMatch(/^every report was sent twice for /);
  }, 180_000);

  it('adds a process to an ordered service: half of the partitions move, and move back', async () => {
    await story.pick('fraud');
    await story.begin('Add a process to fraud');
    await expect.poll(() => story.processes('fraud'), SOON).toBe(2);
    await expect.poll(() => story.words(), SOON).toContain('partitions 4 and 4 of 8');
    await story.trouble().getByRole('button', { name: 'Remove it' }).click();
    expect(await over('fraud')).toMatch(/^the second process of fraud drained and left/);
    await expect.poll(() => story.processes('fraud'), SOON).toBe(1);
  }, 180_000);

  it('adds a process to matching, where the two share the reports, and takes it away', async () => {
    await story.pick('matching');
    await story.begin('Add a process to matching');
    await expect
      .poll(() => story.words(), SOON)
      .toMatch(/matching runs in 2 processes: [1-9]\d*\/s and [1-9]/);
    await story.press('Mend everything');
    // Without a look at the others: what the trouble before this one held may still come to them again.
    expect(await over()).toContain('drained and left');
  }, 180_000);

  it('says why something cannot be done now', async () => {
    await story.pick('eta');
    expect(
      await story.story.getByRole('button', { name: 'Add a process to eta' }).isDisabled(),
    ).toBe(true);
    await story.begin('Slow eta down');
    await story.press('Slow eta down');
    await expect
      .poll(() => story.story.locator('.notice.warn').first().textContent(), SOON)
      .toBe('Not done: eta is slow already.');
    await story.press('Mend everything');
    await over('eta');
  }, 180_000);

  // The last one: an acknowledgement that was on its way to the dead server comes again to its service an ack wait later.
  it('restarts nats-server: every report is confirmed in the end', async () => {
    await story.begin('Restart nats-server');
    expect(await over()).toMatch(
      /^nats-server was killed and away for [\d.]+ s: every report was confirmed/,
    );
    await expect.poll(() => story.rate('deliveries'), SOON).toBeGreaterThan(250);
  }, 180_000);
});

describe.skipIf(!executablePath)(inBrowser('the story panel, where it may not act'), () => {
  it('says why, for all of it and for the server of somebody else', async () => {
    const server = await startServer();
    const demo = await storyDemo({}, '--no-actions', '--server', server.url);
    const browser = await startBrowser();
    try {
      const page = await browser.context.newPage();
      await page.goto(demo.url);
      const { story } = panel(page);
      await expect
        .poll(() => story.locator('.breaking .notice').first().textContent(), LATE)
        .toBe('this demo only shows: it was started with --no-actions');
      for (const button of await story.locator('.breaking button').all()) {
        expect(await button.isDisabled()).toBe(true);
      }
      expect(await story.locator('#story-offer-restart').textContent()).toContain(
        'a nats-server that it started itself',
      );
    } finally {
      await browser.close();
      await demo.end();
      await server.stop();
    }
  }, 120_000);
});
