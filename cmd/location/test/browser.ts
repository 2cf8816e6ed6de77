/** A real browser for the tests of the page, where one is installed; and what must never happen in it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Undefined where there is none. */
export const executablePath =
  process.env['CHROMIUM_PATH'] ??
  NAMES.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));

/** The reason is part of the name, so a run without a browser says it. */
export function inBrowser(title: string): string {
  const why = '(skipped: no Chromium here; install one or set CHROMIUM_PATH)';
  return executablePath ? title : `${title} ${why}`;
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser and its end. */
export interface Browser {
  /** A window of its own: pages in the background draw nothing. */
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** How the browser is. */
export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly touch?: boolean;
  readonly reducedMotion?: boolean;
}

/** Builds the page where its sources changed, and starts a browser. */
export async function startBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const {
    width = 1200,
    height = 800,
    dark = false,
    touch = false,
    reducedMotion = false,
  } = options;
  buildPage();
  const profile = mkdtempSync(join(tmpdir(), 'location-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executablePath as string,
    headless: true,
    args: FLAGS,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: touch,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A no-op where nothing changed. */
function buildPage(): void {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const built = spawnSync(process.execPath, [join(root, '.config/pages.mjs')], {
    cwd: join(root, 'cmd/location'),
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the page does not build: ${built.stderr}`);
}

/** A page that is watched. */
export interface Watched {
  readonly page: Page;
  /** Errors, refusals of the content security policy, and requests to other servers, so far. */
  readonly wrong: readonly string[];
}

/**
 * Opens a page and notes what must not happen. `expected` are errors that a test provokes: a server that is gone is told
 * on the console by the browser itself. `prepare` may change the page before it loads.
 */
export async function openPage(
  { context }: Browser,
  url: string,
  options: { readonly expected?: RegExp; readonly prepare?: (page: Page) => Promise<unknown> } = {},
): Promise<Watched> {
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (!['error', 'warning'].includes(message.type()) || options.expected?.test(text)) return;
    wrong.push(text);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host)
      wrong.push(`elsewhere: ${request.url()}`);
  });
  await options.prepare?.(page);
  await page.goto(url);
  return { page, wrong };
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

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds on the page as it is now; nothing, one hopes. */
export async function violations(page: Page): Promise<string[]> {
  // The page's own policy allows no foreign script: the browser's debugger puts this one in.
  await page.evaluate(axe.source);
  // A colour that is on its way from one theme to the other has the contrast of neither.
  await page.evaluate(
    'Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))',
  );
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as Violation[];
  return found.map(
    ({ id, impact, nodes }) =>
      `${id} (${impact}): ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}
