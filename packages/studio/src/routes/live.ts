/** Server-sent events: each page is sent the newest snapshot whenever it has taken the one before, so a slow one misses some. */
import { Failure } from '../failure.ts';
import type { Sampler } from '../snapshot/sampler.ts';
import type { StudioContext } from '../surroundings.ts';
import { answerError } from './answer.ts';

/** `api/live`. */
export function sendLive(context: StudioContext, sampler: Sampler): Response {
  if (sampler.onlookers >= ONLOOKERS_MAX)
    return answerError(
      context,
      new Failure(
        503,
        'BUSY',
        `${ONLOOKERS_MAX} pages are open already: close one, or come back later.`,
      ),
    );
  // A HEAD request gets this answer's headers; nobody would ever read, or cancel, a body made for it.
  if (context.req.method === 'HEAD') return context.body(null, 200, HEADERS);
  return context.body(events(sampler), 200, HEADERS);
}

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Proxies that gather answers would make it anything but live.
  'x-accel-buffering': 'no',
};

const ONLOOKERS_MAX = 64;
const RETRY = 'retry: 2000\n\n';

function events(sampler: Sampler): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const onlooker = sampler.join();
  let last = 0;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(RETRY)),
      async pull(controller) {
        const sample = await onlooker.after(last);
        if (sample === undefined) return controller.close();
        last = sample.number;
        controller.enqueue(encoder.encode(`event: snapshot\ndata: ${sample.text}\n\n`));
      },
      cancel: () => onlooker.leave(),
    },
    { highWaterMark: 0 },
  );
}
