/** The site as it is handed out: every link leads somewhere, nothing is asked of another host, every page says what it is about. */
import { posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  executablePath,
  inBrowser,
  openBrowser,
  openPage,
  violationsOf,
} from '../../.config/browser.ts';
import { home, sections } from '../.vitepress/contents.ts';
import { siteLink } from '../.vitepress/links.ts';
import { root } from '../generate/places.ts';
import { type BuiltSite, buildSite, serve } from './built-site.ts';

const BUILD_TIMEOUT_MS = 300_000;
const PAGE_TIMEOUT_MS = 60_000;

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

describe.skipIf(!executablePath)(inBrowser('in a browser'), () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    server = await serve(site.folder);
    browser = await openBrowser({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    });
  }, PAGE_TIMEOUT_MS);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`asks nobody else, and can be read by everybody, ${scheme}`, {
      timeout: PAGE_TIMEOUT_MS,
    }, async () => {
      const { page, wrong } = await openPage(browser, server.url);
      await page.emulateMedia({ colorScheme: scheme });
      const serious: string[] = [];
      for (const path of ['/', '/tutorial/first-worker.html', '/reference/errors.html']) {
        await page.goto(`${server.url}${path}`);
        await page.waitForLoadState('networkidle');
        for (const { id, impact, nodes } of await violationsOf(page))
          if (impact === 'serious' || impact === 'critical')
            serious.push(...nodes.map(({ html }) => `${path}: ${id}: ${html.slice(0, 160)}`));
      }
      await page.close();
      expect(wrong).toEqual([]);
      expect(serious).toEqual([]);
    });

  it('finds a page by a word of it', { timeout: PAGE_TIMEOUT_MS }, async () => {
    const { page, wrong } = await openPage(browser, `${server.url}/how-to/connect.html`);
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
