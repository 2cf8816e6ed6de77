/** The city on three servers with three copies of each stream, seen by a page, while one of them is killed. */
import { type Cluster, type Server, startCluster } from '@jetlane/devserver';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Browser, executablePath, inBrowser, openPage, startBrowser } from './browser.ts';
import { panel, type StoryDemo, storyDemo } from './story-demo.ts';

const SERVICES = ['matching', 'eta', 'fraud', 'surge'] as const;
/** An election takes 4 to 9 s, on a busy machine longer. */
const LATE = { timeout: 90_000 };
const STALLED = /^No positions (for|on the map for) \d+ s/;

describe.skipIf(!executablePath)(inBrowser('the city on a cluster'), () => {
  let cluster: Cluster;
  let demo: StoryDemo;
  let browser: Browser;
  let connection: NatsConnection;

  beforeAll(async () => {
    cluster = await startCluster();
    connection = await connect({ servers: [...cluster.urls], maxReconnectAttempts: -1 });
    demo = await storyDemo({ LOCATION_REPLICAS: '3' }, '--server', cluster.urls.join(','));
    browser = await startBrowser({ width: 1280, height: 900 });
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    const status = await demo?.end();
    await connection?.close();
    await cluster?.stop();
    if (demo === undefined) return;
    expect(demo.output()).toContain('nothing lost');
    expect(status, demo.output()).toBe(0);
  }, 120_000);

  /** The server that leads the stream of positions. */
  async function leader(): Promise<Server> {
    const answer = await connection.request('$JS.API.STREAM.INFO.LOCATIONS', '', { timeout: 5000 });
    const { cluster: group, config } = answer.json<{
      cluster: { leader: string };
      config: { num_replicas: number };
    }>();
    expect(config.num_replicas).toBe(3);
    return cluster.servers[Number(group.leader.slice(1)) - 1] as Server; // n1, n2, n3
  }

  it('stays live when the leader of its stream is killed, says what it waits for, and loses nothing', async () => {
    const { page, wrong } = await openPage(browser, demo.url);
    const story = panel(page);
    await vi.waitFor(async () => expect(await story.rate('publishes')).toBeGreaterThan(60), LATE);
    await vi.waitFor(async () => expect(await story.rate('deliveries')).toBeGreaterThan(250), LATE);
    await expect
      .poll(async () => (await page.locator('.notices').textContent()) ?? '', LATE)
      .toBe('');
    await rememberWords(page);
    const killed = await leader();
    await killed.kill();

    // It stands still, which is said; then all of it is stored after all.
    await expect.poll(async () => (await said(page)).notices.join(), LATE).toMatch(/No positions/);
    await vi.waitFor(async () => expect(await story.rate('publishes')).toBeGreaterThan(60), LATE);
    await vi.waitFor(async () => expect(await story.rate('deliveries')).toBeGreaterThan(250), LATE);
    for (const name of SERVICES) {
      await expect.poll(() => story.lag(name), LATE).toBeLessThan(100);
      expect(await story.deadLetters(name)).toBe(0);
    }
    const moving = () => page.locator('#map').screenshot();
    const before = await moving();
    await expect.poll(async () => before.equals(await moving()), LATE).toBe(false);
    await expect.poll(async () => (await said(page)).notice, LATE).toBe('');

    const { notices, states } = await said(page);
    for (const words of notices) expect(words).toMatch(STALLED);
    for (const state of states) expect(state).toMatch(/^live/);
    expect(await story.lost()).toBe(0);
    expect(await page.locator('#story').textContent()).not.toContain('never confirmed');
    expect(wrong).toEqual([]);
    console.log(`the page said: ${[...notices].at(-1)}`);

    await killed.restart();
    await cluster.ready();
    await vi.waitFor(async () => expect(await story.rate('deliveries')).toBeGreaterThan(250), LATE);
    expect(await story.lost()).toBe(0);
  }, 300_000);
});

/** Lets the page note every notice and every state of its connection from now on, however short. */
function rememberWords(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const said = (window.said = { notices: [], states: [] });
    const look = () => {
      for (const [list, selector] of [[said.notices, '.notices'], [said.states, '#state']]) {
        const words = document.querySelector(selector)?.textContent ?? '';
        if (words !== '' && list.at(-1) !== words) list.push(words);
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  })()`);
}

/** What it noted, and what it says now. */
async function said(page: Page) {
  const { notices, states } = (await page.evaluate('window.said')) as Record<string, string[]>;
  const notice = (await page.locator('.notices').textContent()) ?? '';
  return { notices: notices ?? [], states: states ?? [], notice };
}
