/** The site as it is handed out: every link leads somewhere, nothing is asked of another host, every page says what it is about. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, sections } from '../.vitepress/contents.ts';
import { siteLink } from '../.vitepress/links.ts';
import { root } from '../generate/places.ts';
import { type BuiltSite, buildSite, serve } from './built-site.ts';

const BUILD_TIMEOUT_MS = 300_000;
const PAGE_TIMEOUT_MS = 60_000;
const PLACES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  PLACES.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));

let site: BuiltSite;

beforeAll(async () => {
  site = await buildSite();
}, BUILD_TIMEOUT_MS);
afterAll(() => site?.[Symbol.dispose]());

describe('the site', () => {
  it('has every page that the sidebar lists', () => {
    const listed = [home, ...sections.flatMap(({ entries }) => entries)].map(({ link }) =>
      link.endsWith('/') ? `${link}index.html` : `${link}.html`,
    );
    expect(listed.filter((link) => !site.files.includes(link.slice(1)))).toEqual([]);
  });

  it('describes every page in words of its own', () => {
    const descriptions = pages().map((page) => description(site.read(page)));
    expect(descriptions).not.toContain('');
    expect(new Set(descriptions).size).toBe(descriptions.length);
  });

  it('links to pages, files and headings that are there', () => {
    const ids = new Map(site.files.map((file) => [file, idsIn(file)]));
    const dead = pages().flatMap((page) =>
      hrefsIn(site.read(page))
        .filter((href) => !/^(https?|mailto):/.test(href))
        .flatMap((href) => {
          const [path = '', anchor = ''] = href.split('#');
          const target = path === '' ? page : fileOf(path, page);
          const found = ids.get(target);
          if (found === undefined) return [`${page}: ${href}`];
          const known = anchor === '' || found.has(decodeURIComponent(anchor));
          return known ? [] : [`${page}: ${href}`];
        }),
    );
    expect(dead).toEqual([]);
  });

  it('loads nothing from another host', () => {
    const loads =
      /<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc="(?:https?:)?\/\/[^"]*"|<link\b[^>]*\bhref="(?:https?:)?\/\/[^"]*"/g;
    const styles = /url\(\s*["']?(?:https?:)?\/\/[^)]*\)|@import\s+["'](?:https?:)?\/\//g;
    const found = site.files.flatMap((file) => {
      if (file.endsWith('.html')) return site.read(file).match(loads) ?? [];
      return file.endsWith('.css') ? (site.read(file).match(styles) ?? []) : [];
    });
    expect(found).toEqual([]);
  });

  it('includes what is written from the code', () => {
    for (const [page, words] of [
      ['reference/cli.html', 'jetlane streams apply'],
      ['reference/errors.html', 'worth repeating'],
      ['reference/defaults.html', 'maxAckPending'],
      ['reference/diagnostics.html', 'jetlane:settle'],
      ['reference/api/core.html', 'WorkerOptions'],
    ] as const)
      expect(site.read(page)).toContain(words);
  });
});

describe('a link out of docs/', () => {
  it.each([
    ['../packages/core', 'failure.md', '/reference/api/core'],
    ['../../cmd/jetlane/README.md', 'adr/0001-toolchain.md', '/reference/cli'],
    ['../LICENSE', 'index.md', null],
    ['how-to/connect.md', 'index.md', undefined],
    ['https://nats.io', 'index.md', undefined],
  ])('%s of %s leads to %s', (href, page, expected) => {
    expect(siteLink(href, page, root)).toBe(expected);
  });

  it('must lead somewhere', () => {
    expect(() => siteLink('../packages/gone', 'failure.md', root)).toThrow('packages/gone');
  });
});

const browserTitle = executablePath
  ? 'in a browser'
  : 'in a browser (skipped: no Chromium here; install one or set CHROMIUM_PATH)';

describe.skipIf(!executablePath)(browserTitle, () => {
  let browser: BrowserContext;
  let server: Awaited<ReturnType<typeof serve>>;
  const profile = mkdtempSync(join(tmpdir(), 'jetlane-docs-'));

  beforeAll(async () => {
    server = await serve(site.folder);
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: executablePath as string,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    });
  }, PAGE_TIMEOUT_MS);
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`asks nobody else, and can be read by everybody, ${scheme}`, {
      timeout: PAGE_TIMEOUT_MS,
    }, async () => {
      const page = await browser.newPage();
      await page.emulateMedia({ colorScheme: scheme });
      const wrong = trouble(page, server.url);
      for (const path of ['/', '/tutorial/first-worker.html', '/reference/errors.html']) {
        await page.goto(`${server.url}${path}`);
        await page.waitForLoadState('networkidle');
        await page.evaluate(axe.source);
        wrong.push(...(await page.evaluate(SERIOUS)).map((each) => `${path}: ${each}`));
      }
      await page.close();
      expect(wrong).toEqual([]);
    });

  it('finds a page by a word of it', { timeout: PAGE_TIMEOUT_MS }, async () => {
    const page = await browser.newPage();
    const wrong = trouble(page, server.url);
    await page.goto(`${server.url}/how-to/connect.html`);
    await page.locator('.VPNavBarSearch button').first().click();
    await page.locator('#localsearch-input').fill('PUBLISH_TIMEOUT');
    await page.locator('.VPLocalSearchBox .result').first().waitFor();
    expect(await page.locator('.VPLocalSearchBox .results').textContent()).toContain(
      'PUBLISH_TIMEOUT',
    );
    await page.close();
    expect(wrong).toEqual([]);
  });
});

/** What is serious to somebody who can not see or point. Runs in the page. */
const SERIOUS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 160))))` as unknown as () => Promise<
  string[]
>;

/** Errors of a page, and its requests to other hosts; filled as they happen. */
function trouble(page: Page, url: string): string[] {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      found.push(`asked ${request.url()}`);
  });
  return found;
}

function pages(): string[] {
  return site.files.filter((file) => file.endsWith('.html') && file !== '404.html');
}

function description(html: string): string {
  return /<meta name="description" content="([^"]*)"/.exec(html)?.[1] ?? '';
}

function hrefsIn(html: string): string[] {
  return [...html.matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  );
}

function idsIn(file: string): ReadonlySet<string> {
  if (!file.endsWith('.html')) return new Set();
  return new Set([...site.read(file).matchAll(/\bid="([^"]*)"/g)].map(([, id = '']) => id));
}

function fileOf(path: string, page: string): string {
  const target = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path);
  return target === '' || target.endsWith('/') ? `${target}index.html` : target;
}
