/** A real browser for the tests of the page, where one is installed; and what must never happen in it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Undefined where there is none. */
export const executablePath =
  process.env['CHROMIUM_PATH'] ??
  names.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));

/** A title that says why the tests were skipped, where they were. */
export function inBrowser(title: string): string {
  const why = '(skipped: no Chromium here; install one or set CHROMIUM_PATH)';
  return executablePath ? title : `${title} ${why}`;
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with one window, and its end. */
export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Builds the page where its sources changed, and starts a browser. */
export async function startBrowser(): Promise<Browser> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const built = spawnSync(process.execPath, [join(root, '.config/pages.mjs')], {
    cwd: join(root, 'packages/studio'),
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the page does not build: ${built.stderr}`);
  const profile = mkdtempSync(join(tmpdir(), 'studio-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executablePath as string,
    headless: true,
    args: flags,
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A page that is watched. */
export interface Watched {
  readonly page: Page;
  /** Errors, refusals of the content security policy, and requests to other servers, so far. */
  readonly wrong: readonly string[];
}

/**
 * Opens a page and notes what must not happen. `expected` are errors that a test provokes: a server that is gone is told
 * on the console by the browser itself.
 */
export async function openPage(
  { context }: Browser,
  url: string,
  expected: RegExp = /^$/,
): Promise<Watched> {
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = `${message.text()} ${message.location().url}`.trim();
    if (['error', 'warning'].includes(message.type()) && !expected.test(text)) wrong.push(text);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host)
      wrong.push(`elsewhere: ${request.url()}`);
  });
  await page.goto(url);
  return { page, wrong };
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
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as Violation[];
  return found.map(
    ({ id, impact, nodes }) =>
      `${id} (${impact}): ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )) as [number, number];
  expect(content).toBeLessThanOrEqual(window);
}
