/** The page in a real browser, before a real app on a real nats-server: what it shows and what it does. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, executablePath, inBrowser, openPage, startBrowser } from './browser.ts';
import { billing, markup, openShop, type Shop } from './page-shop.ts';

/** For a condition to come true, on a machine that is busy with something else. */
const waitMs = 40_000;

describe.skipIf(!executablePath)(inBrowser('the studio’s page'), { timeout: 120_000 }, () => {
  let shop: Shop;
  let browser: Browser;
  let page: Page;
  let wrong: readonly string[];

  beforeAll(async () => {
    [shop, browser] = await Promise.all([openShop(), startBrowser()]);
    for (let index = 1; index <= 120; index += 1) await shop.place(`o-${index}`, index);
    for (let index = 1; index <= 3; index += 1) await shop.place(`bad-${index}`, -index, markup);
    const expected = /404.*\/api\/(stream|letter)\?/;
    ({ page, wrong } = await openPage(browser, shop.url, { expected }));
  });

  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  afterEach(async () => {
    // Whatever a test looked at: no error, no request elsewhere, and no markup came to life.
    expect(wrong).toEqual([]);
    expect(await page.title()).not.toContain('owned');
    expect(await page.locator('#studio img').count()).toBe(0);
  });

  const go = (hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const sees = (text: string | RegExp) =>
    page.locator('main').getByText(text).first().waitFor({ timeout: waitMs });
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const row = (name: string) =>
    page.locator('tbody tr', { has: page.getByRole('link', { name, exact: true }) });

  it('shows at a glance what flows, and that the connection is live', async () => {
    await page.locator('.status').getByText(/^live/).waitFor({ timeout: waitMs });
    await sees('Messages per second');
    await expect.poll(() => tile('Dead letters'), { timeout: waitMs }).toMatch(/^3/);
    const before = await tile('Stored');
    expect(before).toMatch(/12\d messages/);
    // A rate is known once there are two samples.
    await expect.poll(() => tile('Stored'), { timeout: waitMs }).toMatch(/^[\d.]+\/s/);
    await sees('nats-server');
  });

  it('does not call calm what it could not read', async () => {
    const gap = { what: 'consumers of ORDERS', code: 'PERMISSION_DENIED', words: 'may not ask' };
    const other = await browser.context.newPage();
    const panel = () => other.locator('[aria-labelledby=attention]').textContent();
    await other.route('**/api/live', (route) => route.abort());
    await other.route('**/api/snapshot', async (route) => {
      const snapshot = await (await route.fetch()).json();
      await route.fulfill({ json: { ...snapshot, deadLetters: [], gaps: [gap] } });
    });
    await other.goto(shop.url);
    await expect.poll(panel, { timeout: waitMs }).toContain('Nothing in what could be read');
    await other.close();
  });

  it('lists streams with their consumers inline, and finds them', async () => {
    await go('#/streams');
    await row('billing').waitFor({ timeout: waitMs });
    await expect.poll(() => row('mail').textContent(), { timeout: waitMs }).toMatch(/^mailLag0/);
    await page.getByRole('searchbox').fill('bill');
    await expect.poll(() => row('mail').count(), { timeout: waitMs }).toBe(0);
    expect(await row('billing').count()).toBe(1);
    await page.getByRole('searchbox').fill('nobody has this name');
    await sees('Nothing matches');
    await page.getByRole('searchbox').fill('');
    await row('mail').waitFor();
  });

  it('shows one stream with its configuration and its declared messages', async () => {
    await go('#/streams/ORDERS');
    await sees('OrderPlaced v1');
    await sees('orders.placed.{orderId}');
    await sees('"name": "ORDERS"');
    await go('#/streams/NOWHERE');
    await page.getByRole('alert').waitFor({ timeout: waitMs });
  });

  it('pauses and resumes a consumer, and says first what that does', async () => {
    await go('#/streams/ORDERS/mail');
    await press(/^Pause$/);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('new messages wait in ORDERS').waitFor();
    await dialog.getByLabel('For how long').selectOption('1 h');
    await dialog.getByRole('button', { name: 'Pause mail' }).click();
    await dialog.locator('.notice.ok').waitFor({ timeout: waitMs });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.locator('main').getByText('paused until').waitFor({ timeout: waitMs });

    await press('Resume');
    await dialog.getByRole('button', { name: 'Resume mail' }).click();
    await dialog.locator('.notice.ok').waitFor({ timeout: waitMs });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.locator('main').getByText('paused until').waitFor({ state: 'detached' });
  });

  it('cancels with Escape, and nothing was done', async () => {
    await go('#/streams/ORDERS/mail');
    await press(/^Pause$/);
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count(), { timeout: waitMs }).toBe(0);
    await expect.poll(focused, { timeout: waitMs }).toBe('Pause');
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  });

  it('shows workers as they are declared', async () => {
    await go('#/workers');
    await row('billing').getByText('by key').waitFor({ timeout: waitMs });
    await row('billing').getByRole('link', { name: 'billing' }).click();
    await sees('equal keys run one at a time');
    await sees('1 attempt');
    await sees('1 tells how it goes');
    await sees(new RegExp(`/${process.pid}$`));
    await go('#/workers/nobody');
    await sees('There is no worker nobody');
  });

  it('finds messages by subject, by sequence and by time', async () => {
    await go('#/messages/ORDERS');
    const subjects = () => page.locator('.messages .subject').allTextContents();
    await expect.poll(subjects, { timeout: waitMs }).toHaveLength(50);
    expect((await subjects())[0]).toBe('orders.placed.bad-3');
    await press('Older');
    await expect
      .poll(async () => (await subjects())[0], { timeout: waitMs })
      .toBe('orders.placed.o-73');
    await press('Newer');
    await expect
      .poll(async () => (await subjects()).at(-1), { timeout: waitMs })
      .toBe('orders.placed.o-74');

    await page.getByLabel('Subject, with').fill('orders.*.o-7');
    await press('Show');
    await expect.poll(subjects, { timeout: waitMs }).toEqual(['orders.placed.o-7']);
    await page.getByLabel('Subject, with').fill('');
    await page.getByLabel('From sequence').fill('5');
    await press('Show');
    await expect
      .poll(async () => (await subjects()).at(-1), { timeout: waitMs })
      .toBe('orders.placed.o-5');
    await page.getByLabel('or from a time').fill('2001-01-01T00:00:00');
    await press('Show');
    await expect
      .poll(async () => (await subjects()).at(-1), { timeout: waitMs })
      .toBe('orders.placed.o-1');
  });

  it('shows a message decoded, raw, with its headers, and as a command', async () => {
    await go('#/messages/ORDERS/7');
    await sees('decoded by its contract');
    const tree = page.locator('.tree');
    await tree.getByText('orderId').waitFor();
    expect(await tree.textContent()).toContain('"o-7"');
    expect(await tree.textContent()).toContain('sku');
    await tree.getByRole('button', { name: 'lines' }).click();
    expect(await tree.textContent()).not.toContain('sku');
    await press('Raw');
    expect(await page.locator('.body pre').textContent()).toContain('"orderId": "o-7"');
    await page.locator('.headers').getByText('ce-type').waitFor();
    await page.locator('.message').getByRole('button', { name: /^Copy/ }).first().click();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toMatch(/^jetlane /);
    await page.locator('.message').getByRole('link', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'ORDERS 8' }).waitFor({ timeout: waitMs });
  });

  it('shows markup in payloads, headers and errors as the text that it is', async () => {
    await go('#/messages/ORDERS/121');
    await page.locator('.tree').getByText(markup.slice(0, 12)).waitFor({ timeout: waitMs });
    expect(await page.locator('.headers').textContent()).toContain(markup);
    await go('#/dead-letters');
    await sees(`cannot charge ${markup}`);
    await page.locator('.letters').getByRole('link').first().click();
    await page.getByRole('heading', { name: `cannot charge ${markup}` }).waitFor();
    expect(await page.locator('.headers').textContent()).toContain(markup);
  });

  it('does not take a rate that it cannot read for none', async () => {
    await go('#/dead-letters');
    await press('Replay …');
    const dialog = page.getByRole('dialog');
    const rate = dialog.getByLabel('At most so many a second');
    const button = dialog.getByRole('button', { name: /^Replay/ });
    for (const text of ['1,000', '5/s', '0', '1.5']) {
      await rate.fill(text);
      await dialog.getByText('A whole number from 1 to 100,000').waitFor({ timeout: waitMs });
      expect(await button.isDisabled()).toBe(true);
    }
    await rate.fill('1000');
    await expect.poll(() => button.isDisabled(), { timeout: waitMs }).toBe(false);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count(), { timeout: waitMs }).toBe(0);
  });

  it('replays a group: what fails again comes back, what is mended is gone', async () => {
    await go('#/dead-letters');
    await sees('3 messages of billing');
    await replayAll();
    await sees('replayed 1×');
    billing.mended = true;
    await replayAll();
    await sees('No dead letters');
    billing.mended = false;
  });

  it('forgets one, and says that it is gone for good', async () => {
    await shop.place('bad-4', -4);
    await go('#/dead-letters');
    await page.locator('.letters').getByRole('link').first().click();
    await sees('cannot charge');
    await press('Forget …');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('nobody can look at them').waitFor();
    await dialog.getByRole('button', { name: 'Delete it for good' }).click();
    await dialog.locator('.notice.ok').waitFor({ timeout: waitMs });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('alert').waitFor({ timeout: waitMs });
    expect(await shop.client.deadLetters.summary()).toEqual([]);
  });

  it('leaves the focus to whoever took it as soon as a view was there', async () => {
    await go('#/overview');
    await sees('Messages per second');
    const kept = await page.evaluate(`new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        const filter = document.querySelector('[data-filter]');
        if (!filter) return;
        observer.disconnect();
        filter.focus();
        setTimeout(() => resolve(document.activeElement === filter), 500);
      }).observe(document.body, { subtree: true, childList: true });
      location.hash = '#/streams';
    })`);
    expect(kept).toBe(true);
  });

  it('is worked with from the keyboard', async () => {
    await go('#/overview');
    await page.locator('main').click();
    for (const key of ['g', 's']) await page.keyboard.press(key);
    const filter = page.getByLabel('Find a stream');
    await filter.waitFor({ timeout: waitMs });
    await page.keyboard.press('/');
    await expect
      .poll(() => page.evaluate(`document.activeElement.hasAttribute('data-filter')`), {
        timeout: waitMs,
      })
      .toBe(true);
    await page.keyboard.type('mail');
    await row('mail').waitFor({ timeout: waitMs });
    await expect.poll(() => row('billing').count(), { timeout: waitMs }).toBe(0);
    await page.keyboard.press('Escape');
    for (const [key, expected] of [
      ['j', 'ORDERS'],
      ['j', 'mail'],
      ['k', 'ORDERS'],
      ['j', 'mail'],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(focused, { timeout: waitMs }).toBe(expected);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'mail' }).waitFor({ timeout: waitMs });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count(), { timeout: waitMs }).toBe(0);
  });

  async function replayAll() {
    await press('Replay …');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('and nobody else').waitFor();
    await dialog.getByRole('button', { name: /^Replay/ }).click();
    await dialog.locator('.notice.ok').waitFor({ timeout: waitMs });
    await dialog.getByRole('button', { name: 'Close' }).click();
  }

  function focused(): Promise<unknown> {
    return page.evaluate('document.activeElement.textContent');
  }

  async function tile(label: string): Promise<string> {
    const found = page.locator('.tile', { has: page.getByText(label, { exact: true }) });
    return (await found.locator('dd').textContent())?.trim() ?? '';
  }
});
