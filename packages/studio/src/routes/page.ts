import { routePath } from 'hono/route';
import { PAGE, type PageFile, readPage } from '../page-files.ts';
import type { StudioContext } from '../surroundings.ts';

/** Answers with the files of the page, wherever the studio is mounted. */
export function pageRoute(directory = PAGE): (context: StudioContext) => Promise<Response> {
  let reading: ReturnType<typeof readPage> | undefined;
  return async (context) => {
    const place = placeOf(context);
    // The page's own addresses are relative: without the slash they would lead elsewhere.
    if (place === undefined) return context.redirect(`${context.req.path}/`, 308);
    reading ??= readPage(directory);
    const files = await reading;
    if (files === undefined) {
      // It may be built while this server runs.
      reading = undefined;
      return context.text(NOT_BUILT, 503);
    }
    const file = files.get(place);
    if (file === undefined) return context.text('There is nothing at this address.', 404);
    return send(context, file);
  };
}

const NOT_BUILT =
  'The page of the studio is not built: run npm run build. Its data is served all the same, below api/.';

/** What follows the place where the studio is mounted and its slash; undefined without the slash. */
function placeOf(context: StudioContext): string | undefined {
  const mounted = routePath(context).replace(/\/\*$/, '');
  const rest = context.req.path.slice(mounted.length);
  return rest.startsWith('/') ? rest.slice(1) : undefined;
}

function send(
  context: StudioContext,
  { type, plain, gzipped, immutable }: PageFile,
): Response | Promise<Response> {
  const compressed = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  return context.body(compressed ? gzipped : plain, 200, {
    'content-type': type,
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(compressed ? { 'content-encoding': 'gzip' } : {}),
  });
}
