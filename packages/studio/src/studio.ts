/** The studio: reading, acting and the page, behind one guard. See `wire.ts` for what it answers. */
import { readFileSync } from 'node:fs';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { LetterActions } from './actions/letters.ts';
import { pause, resume } from './actions/pausing.ts';
import { KnownApps } from './apps/known-apps.ts';
import { badRequest, Failure, notFound } from './failure.ts';
import { isForwarded, refusalOf, type Sender } from './guard/action-rule.ts';
import { type ActionToken, actionToken, TOKEN_HEADER } from './guard/action-token.ts';
import { namesUs } from './guard/host-name.ts';
import { sameOrigin } from './guard/same-origin.ts';
import { securityHeaders } from './guard/security-headers.ts';
import { Nats } from './nats.ts';
import { assertStudioOptions, type StudioOptions } from './options.ts';
import type { Given } from './query.ts';
import { answerError, answering } from './routes/answer.ts';
import { listLetters, lookAtGroups, showGroups, showLetter } from './routes/letters.ts';
import { sendLive } from './routes/live.ts';
import { listMessages, showMessage } from './routes/messages.ts';
import { pageRoute } from './routes/page.ts';
import { lookAtPartitions } from './routes/partitions.ts';
import { showSession } from './routes/session.ts';
import { listConsumers, listStreams, showConsumer, showStream } from './routes/streams.ts';
import { SharedLooks } from './shared-look.ts';
import { Sampler } from './snapshot/sampler.ts';
import type { StudioApp, StudioContext, StudioEnv, Surroundings } from './surroundings.ts';
import type { ActionAnswer } from './wire.ts';

/** A studio that is ready to be mounted. */
export interface Studio {
  /** Serves the page and its api; for `serve()` of `@hono/node-server`, or `parent.route('/studio', studio.app)`. */
  readonly app: StudioApp;
  /** Ends what pages are being sent. The connection stays open. */
  close(): void;
}

/**
 * A page that shows what an app does on its server: streams, consumers with their lag, workers, partitions, dead letters and
 * messages; and that pauses, resumes, replays and forgets, for whom `actions` allows it. It looks without leaving anything on
 * the server, with eight requests at once at the most, and takes a snapshot a second while a page is open. It never purges
 * or deletes a stream.
 *
 * Only pages of its own may ask it, under names that are its own, and every action carries a token that only they know.
 *
 * @throws JetlaneError `CONFIG_INVALID`, listing all that is wrong
 * @example
 * const shown = studio({ connection: await open(), apps: [shop] });
 * const server = serve({ fetch: shown.app.fetch, hostname: '127.0.0.1', port: 4610 });
 */
export function studio(options: StudioOptions): Studio {
  assertStudioOptions(options);
  const nats = new Nats(options.connection);
  const apps = new KnownApps(options.apps ?? []);
  const sampler = new Sampler(nats, apps);
  const surroundings: Surroundings = {
    nats,
    apps,
    sampler,
    partitions: new SharedLooks(() => lookAtPartitions(nats), LOOK_MS),
    letterGroups: new SharedLooks((letters) => lookAtGroups(nats, apps, letters), LOOK_MS),
  };
  const token = actionToken();
  const refusal = (context: StudioContext) =>
    refusalOf(options.actions ?? 'loopback', senderOf(context));
  const app: StudioApp = new Hono<StudioEnv>();
  app.use('*', guard(options));
  addReading(app, surroundings);
  app.get(
    '/api/session',
    answering((context) =>
      showSession(context, surroundings, {
        token,
        version: VERSION,
        title: options.title,
        refusal,
      }),
    ),
  );
  addActions(app, surroundings, { token, refusal });
  app.all('/api/*', (context) =>
    answerError(
      context,
      notFound(`There is nothing at ${context.req.method} ${context.req.path}.`),
    ),
  );
  app.get('/*', pageRoute());
  return { app, close: () => sampler.close() };
}

const LOOK_MS = 2_000;
const BODY_MAX_BYTES = 16 * 1024;
const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

/** Whoever asks under another name, or from a page of another site, gets nothing. Every answer carries the same headers. */
function guard({ host = '127.0.0.1', names = [] }: StudioOptions): MiddlewareHandler<StudioEnv> {
  const known = names.map((name) => name.toLowerCase());
  return async (context, next) => {
    const { req } = context;
    const hostHeader = req.header('host');
    if (!namesUs(hostHeader, host, known)) {
      const words = `This server does not answer to the name '${(hostHeader ?? '').slice(0, 100)}'. If it is its name, start it with --allow-host.`;
      answerInstead(context, new Failure(403, 'REFUSED', words));
    } else if (isApi(req.path) && !isOwn(context)) {
      const words = 'Only pages of this server may ask it: this request comes from another site.';
      answerInstead(context, new Failure(403, 'REFUSED', words));
    } else await next();
    for (const [name, value] of Object.entries(securityHeaders()))
      if (!context.res.headers.has(name)) context.res.headers.set(name, value);
  };
}

function answerInstead(context: StudioContext, failure: Failure): void {
  context.res = answerError(context, failure);
}

function isApi(path: string): boolean {
  return /(?:^|\/)api\//.test(path);
}

function isOwn({ req }: StudioContext): boolean {
  return sameOrigin({
    host: req.header('host'),
    origin: req.header('origin'),
    fetchSite: req.header('sec-fetch-site'),
  });
}

function addReading(app: StudioApp, surroundings: Surroundings): void {
  const { apps, sampler, partitions } = surroundings;
  app.get(
    '/api/app',
    answering(async () => apps.view),
  );
  app.get('/api/live', (context) => sendLive(context, sampler));
  app.get(
    '/api/snapshot',
    answering(async () => (await sampler.now()).snapshot),
  );
  app.get(
    '/api/partitions',
    answering(async () => partitions.at('')),
  );
  const reads = {
    streams: listStreams,
    stream: showStream,
    consumers: listConsumers,
    consumer: showConsumer,
    messages: listMessages,
    message: showMessage,
    'dead-letters': showGroups,
    letters: listLetters,
    letter: showLetter,
  };
  for (const [name, read] of Object.entries(reads))
    app.get(
      `/api/${name}`,
      answering((context) => read(context, surroundings)),
    );
}

interface Permission {
  readonly token: ActionToken;
  readonly refusal: (context: StudioContext) => string | undefined;
}

function addActions(app: StudioApp, surroundings: Surroundings, permission: Permission): void {
  const letters = new LetterActions(surroundings);
  const actions: Readonly<
    Record<string, (given: Given, signal: AbortSignal) => Promise<ActionAnswer>>
  > = {
    pause: (given) => pause(given, surroundings),
    resume: (given) => resume(given, surroundings),
    replay: (given, signal) => letters.replay(given, signal),
    forget: (given, signal) => letters.forget(given, signal),
  };
  const onError = (context: StudioContext) =>
    answerError(
      context,
      new Failure(413, 'TOO_LARGE', `An action has at most ${BODY_MAX_BYTES} bytes.`),
    );
  for (const [name, act] of Object.entries(actions))
    app.post(
      `/api/actions/${name}`,
      bodyLimit({ maxSize: BODY_MAX_BYTES, onError }),
      answering(async (context) => {
        assertMay(context, permission);
        return act(await bodyOf(context), context.req.raw.signal);
      }),
    );
}

function assertMay(context: StudioContext, { token, refusal }: Permission): void {
  const whyNot = refusal(context);
  if (whyNot !== undefined) throw new Failure(403, 'REFUSED', whyNot);
  if (!token.matches(context.req.header(TOKEN_HEADER)))
    throw new Failure(
      403,
      'REFUSED',
      'This page is older than its server, which was started anew: reload it. Programs use the jetlane command instead.',
    );
}

async function bodyOf({ req }: StudioContext): Promise<Given> {
  const type = req.header('content-type') ?? '';
  const value: unknown = /^application\/json\b/i.test(type)
    ? await req.json().catch(() => undefined)
    : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Given;
  throw badRequest(['an action is a JSON object, sent as application/json']);
}

function senderOf(context: StudioContext): Sender {
  const { req } = context;
  return {
    address: addressOf(context),
    host: req.header('host'),
    forwarded: isForwarded((name) => req.header(name)),
  };
}

/** Undefined where no Node server stands behind the request. */
function addressOf(context: StudioContext): string | undefined {
  try {
    return getConnInfo(context).remote.address;
  } catch {
    return undefined;
  }
}
