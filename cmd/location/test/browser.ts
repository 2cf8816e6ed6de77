/** A browser for the tests of the city's page, and what they look at in it. */
import type { Page } from 'playwright-core';
import { type Browser, buildPage, openBrowser } from '../../../.config/browser.ts';

export {
  type Browser,
  executablePath,
  inBrowser,
  openPage,
  violations,
} from '../../../.config/browser.ts';

/** How the browser is. */
export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly touch?: boolean;
  readonly reducedMotion?: boolean;
}

/** Builds the page where its sources changed, and starts a browser. */
export function startBrowser({
  width = 1200,
  height = 800,
  dark = false,
  touch = false,
  reducedMotion = false,
}: BrowserOptions = {}): Promise<Browser> {
  buildPage('cmd/location');
  return openBrowser({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: touch,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  });
}

/** What `window.jetlane` offers for looking behind the canvas. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly headingDeg: number;
  /** On the canvas, in pixels. */
  readonly left: number;
  readonly top: number;
}

/** Where a driver is shown now. */
export function whereIs(page: Page, id: string): Promise<Spot | undefined> {
  return page.evaluate(`jetlane.where(${JSON.stringify(id)})`) as Promise<Spot | undefined>;
}

/** Drivers that are drawn one by one. */
export function shownIds(page: Page): Promise<string[]> {
  return page.evaluate('jetlane.ids()') as Promise<string[]>;
}

/** A number that the page shows. */
export async function figure(page: Page, id: string): Promise<number> {
  return Number((await page.locator(`#${id}`).textContent())?.replaceAll(',', ''));
}
