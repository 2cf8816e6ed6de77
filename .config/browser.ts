/** A real browser for the tests of every page, where one is installed; and what must never happen in it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import axe from 'axe-core';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumPath, openChromium } from './chromium.mjs';
import { root } from './steps.mjs';

/** Undefined where there is none. */
export const executablePath: string | undefined = chromiumPath();

/** A title that says why the tests were skipped, where they were. */
export function inBrowser(title: string): string {
  const why = '(skipped: no Chromium here; install one or set CHROMIUM_PATH)';
  return executablePath ? title : `${title} ${why}`;
}

/** A browser with a window of its own, since pages in the background draw nothing; and its end. */
export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts one, with what playwright takes for a context. */
export function openBrowser(options: BrowserContextOptions): Promise<Browser> {
  return openChromium(executablePath as string, options);
}

/** Builds the page of a package, such as `packages/studio`. Does nothing where its sources did not change. */
export function buildPage(home: string): void {
  const built = spawnSync(process.execPath, [join(root, '.config/pages.mjs')], {
    cwd: join(root, home),
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

/** How a page is opened. */
export interface WatchOptions {
  /** Errors that a test provokes: a server that is gone is told on the console by the browser itself. */
  readonly expected?: RegExp;
  /** Changes the page before it loads. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Opens a page and notes what must not happen. */
export async function openPage(
  { context }: Pick<Browser, 'context'>,
  url: string,
  { expected, prepare }: WatchOptions = {},
): Promise<Watched> {
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = `${message.text()} ${message.location().url}`.trim();
    if (['error', 'warning'].includes(message.type()) && !expected?.test(text)) wrong.push(text);
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    const elsewhere = protocol !== 'data:' && host !== new URL(url).host;
    if (elsewhere) wrong.push(`elsewhere: ${request.url()}`);
  });
  await prepare?.(page);
  await page.goto(url);
  return { page, wrong };
}

/** Something that axe-core found. */
export interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds on the page as it is now. */
export async function violationsOf(page: Page): Promise<Violation[]> {
  // The page's own policy allows no foreign script: the browser's debugger puts this one in.
  await page.evaluate(axe.source);
  // A colour that is on its way from one theme to the other has the contrast of neither.
  await page.evaluate(
    `Promise.all(document.getAnimations()
      .filter((animation) => animation instanceof CSSTransition)
      .map(({ finished }) => finished.catch(() => {})))`,
  );
  return (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as Violation[];
}

/** As {@link violationsOf}, in words, a violation each; nothing, one hopes. */
export async function violations(page: Page): Promise<string[]> {
  const found = await violationsOf(page);
  return found.map(
    ({ id, impact, nodes }) =>
      `${id} (${impact}): ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}
