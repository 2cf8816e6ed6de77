/** What is written from the code when the site is built, by the file that a page includes. */
import { apiPage } from './api.ts';
import { cliPage } from './cli.ts';
import { defaultsPage } from './defaults.ts';
import { diagnosticsPage } from './diagnostics.ts';
import { errorsTable } from './errors.ts';
import { entryOf, packages } from './places.ts';

/** Markdown by the name of its file in `docs/.generated`. */
export function generatedPages(): Map<string, string> {
  const pages = new Map([
    ['cli.md', cliPage()],
    ['defaults.md', defaultsPage()],
    ['diagnostics.md', diagnosticsPage()],
    ['errors.md', errorsTable()],
  ]);
  for (const name of packages) pages.set(`api-${name}.md`, apiPage(entryOf(name)));
  return pages;
}
