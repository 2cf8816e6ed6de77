import { fileURLToPath } from 'node:url';
import { routePath } from 'hono/route';
import { readPage, sendFile } from '../page-files.ts';
import type { StudioContext } from '../surroundings.ts';

/** Answers with the files of the page, wherever the studio is mounted. */
export function pageRoute(directory = PAGE): (context: StudioContext) => Promise<Response> {
  let reading: ReturnType<typeof readPage> | undefined;
  return async (context) => {
    const place = placeOf(context);
    // The page's own addresses are relative: without the slash they would lead elsewhere.
    if (place === undefined) return context.redirect(`${context.req.path}/`, 308);
    reading ??= readPage(directory);
    const page = await reading.catch(() => undefined);
    if (page === undefined) {
      // It may be built while this server runs.
      reading = undefined;
      return context.text(NOT_BUILT, 503);
    }
    const file = page.files.get(place);
    if (file === undefined) return context.text('There is nothing at this address.', 404);
    return sendFile(context, file);
  };
}

/** Where the page is built to, for the sources and for what is compiled of them. */
const PAGE = fileURLToPath(new URL('../../dist/page/', import.meta.url));
const NOT_BUILT =
  'The page of the studio is not built: run npm run build. Its data is served all the same, below api/.';

/** What follows the place where the studio is mounted and its slash; undefined without the slash. */
function placeOf(context: StudioContext): string | undefined {
  const mounted = routePath(context).replace(/\/\*$/, '');
  const rest = context.req.path.slice(mounted.length);
  return rest.startsWith('/') ? rest.slice(1) : undefined;
}
