/** A browser for the tests of the studio's page. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Browser, buildPage, openBrowser } from '../../../.config/browser.ts';

export {
  type Browser,
  executablePath,
  inBrowser,
  openPage,
  violations,
} from '../../../.config/browser.ts';

/** Builds the page where its sources changed, and starts a browser. */
export function startBrowser(): Promise<Browser> {
  buildPage('packages/studio');
  return openBrowser({
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )) as [number, number];
  expect(content).toBeLessThanOrEqual(window);
}
