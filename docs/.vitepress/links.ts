/** Links of pages to what is outside of `docs/`, which is not on the site: to the page that stands for it, or none. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/** The page of the site that says most about a place of the repository. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  'packages/core': '/reference/api/core',
  'packages/contracts': '/reference/api/contracts',
  'packages/testing': '/reference/api/testing',
  'packages/devserver': '/reference/api/devserver',
  'packages/studio': '/reference/api/studio',
  'cmd/jetlane': '/reference/cli',
  'cmd/bench': '/how-to/measure',
  'cmd/chaos': '/reliability',
};

/** Where a link of a page leads on the site: undefined leaves it as it is, `null` makes it plain text. */
export function siteLink(href: string, page: string, root: string): string | null | undefined {
  if (/^([a-z]+:|\/|#)/i.test(href)) return undefined;
  const [path = ''] = href.split('#');
  const target = posix.normalize(posix.join('docs', posix.dirname(page), path));
  if (target === 'docs' || target.startsWith('docs/')) return undefined;
  if (!existsSync(posix.join(root, target)))
    throw new Error(`docs/${page} links to ${href}, which is not there: ${target}`);
  const place = target.replace(/\/(README\.md)?$/, '');
  return STANDS_FOR[place] ?? null;
}

/** Makes a Markdown renderer follow {@link siteLink}. */
export function followLinks(renderer: MarkdownRenderer, root: string): void {
  renderer.core.ruler.push('jetlane-links', (state) => {
    const page = (state.env as { relativePath?: string }).relativePath ?? '';
    for (const { children } of state.tokens) {
      let plain = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const link = siteLink(token.attrGet('href') ?? '', page, root);
          plain = link === null;
          if (typeof link === 'string') token.attrSet('href', link);
        }
        if (!plain || !token.type.startsWith('link_')) continue;
        if (token.type === 'link_close') plain = false;
        token.type = 'text';
        token.content = '';
        token.tag = '';
        token.nesting = 0;
      }
    }
  });
}
