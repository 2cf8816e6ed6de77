/** The documentation as a site: `npm run docs` shows it, `npm run docs:build` writes it. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { descriptionOf, home, sections } from './contents.ts';
import { followLinks } from './links.ts';

/** What the home page opens with. Here and not in the page, whose text is for every reader of Markdown. */
const hero = {
  name: 'Jetlane',
  text: 'Typed messages for Node on NATS JetStream',
  tagline:
    'Streams declared in code. Workers that lose nothing, keep order by key, and hold back when too much comes.',
  actions: [
    { theme: 'brand', text: 'Write a worker', link: '/tutorial/first-worker' },
    { theme: 'alt', text: 'How fast it is', link: '/benchmarks' },
  ],
};

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export default defineConfig({
  lang: 'en',
  title: 'Jetlane',
  description: home.description,
  srcExclude: ['README.md'],
  rewrites: { 'adr/README.md': 'adr/index.md' },
  head: [
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    ['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }],
  ],
  markdown: {
    config: (renderer) => followLinks(renderer, root),
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
  },
  /** Every page says what it is about. */
  transformPageData(page) {
    if (page.relativePath === '404.md' || page.isNotFound) return;
    const link = `/${page.relativePath.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
    const description = descriptionOf(link);
    if (description === undefined)
      throw new Error(
        `docs/${page.relativePath} is not listed: enter it in docs/.vitepress/contents.ts`,
      );
    page.description = description;
    if (link === home.link) page.frontmatter = { ...page.frontmatter, layout: 'home', hero };
  },
  themeConfig: {
    logo: '/icon.svg',
    search: { provider: 'local' },
    nav: sections
      .filter(({ text }) => text !== 'Decisions')
      .map(({ text, entries }) => ({ text, link: entries[0]?.link ?? '/' })),
    sidebar: sections.map(({ text, entries }) => ({
      text,
      items: entries.map(({ text: name, link }) => ({ text: name, link })),
    })),
    outline: { level: [2, 3], label: 'On this page' },
    footer: { message: 'Apache-2.0' },
  },
});
