/**
 * Where pages ask for something to happen, in the gateway: `GET story` tells what a page may do and what it missed, `POST
 * story/actions` passes an action on to the demo and waits for its answer. Only pages of this server may ask, and unless told otherwise only
 * on this machine; each action carries the token that its page was told.
 */
import type { HttpBindings } from '@hono/node-server';
import {
  type Actions,
  actionToken,
  isForwarded,
  refusalOf,
  sameOrigin,
  TOKEN_HEADER,
} from '@jetlane/studio';
import type { Context, Hono } from 'hono';
import type { StoryAnswer, StoryFigures, StorySession } from '#figures';
import { history } from './history.ts';

/** The desk. */
export interface StoryDesk {
  /** Adds its paths. */
  extend(app: Hono<{ Bindings: HttpBindings }>): void;
  /** Notes what pages that come later are told. */
  note(figures: StoryFigures): void;
  /** The demo's answer to what was passed on under this number. */
  answer(number: number, answer: StoryAnswer): void;
}

/** What a desk needs. */
export interface StoryDeskOptions {
  readonly actions: Actions;
  /** Passes an action on to the demo, as it came. */
  readonly ask: (number: number, action: unknown) => void;
}

const ACTION_MAX_BYTES = 1024;
/** Actions that may wait for their answers at once. */
const WAITING_MAX = 16;
const ANSWER_MS = 30_000;

type Status = 200 | 400 | 403 | 409 | 413 | 503;

/** A desk with a new token. */
export function storyDesk({ actions, ask }: StoryDeskOptions): StoryDesk {
  const token = actionToken();
  const past = history();
  const waiting = new Map<number, (answer: StoryAnswer) => void>();
  let count = 0;

  /** Resolves with the demo's answer, or with words when none comes. */
  function passOn(action: unknown): Promise<StoryAnswer> {
    const number = ++count;
    return new Promise((resolve) => {
      const late = setTimeout(
        () => settle({ ok: false, words: 'the demo did not answer: see what it prints' }),
        ANSWER_MS,
      );
      const settle = (answer: StoryAnswer) => {
        clearTimeout(late);
        waiting.delete(number);
        resolve(answer);
      };
      waiting.set(number, settle);
      ask(number, action);
    });
  }

  async function act(context: StoryContext): Promise<Response> {
    const say = (status: Status, answer: StoryAnswer) => context.json(answer, status);
    const refuse = (status: Status, words: string) => say(status, { ok: false, words });
    const whyNot = refusal(context, actions);
    if (whyNot !== undefined) return refuse(403, whyNot);
    if (!token.matches(context.req.header(TOKEN_HEADER)))
      return refuse(403, 'this page was made by an earlier run of the demo: reload it');
    const length = Number(context.req.header('content-length') ?? Number.NaN);
    if (!(length <= ACTION_MAX_BYTES))
      return refuse(413, `an action has at most ${ACTION_MAX_BYTES} bytes`);
    const action = await context.req.json<unknown>().catch(() => undefined);
    if (action === undefined) return refuse(400, 'an action is a JSON object');
    if (waiting.size >= WAITING_MAX) return refuse(503, 'too much is asked at once: try again');
    const answer = await passOn(action);
    return say(answer.ok ? 200 : 409, answer);
  }

  return {
    extend(app) {
      app.get('/story', (context) => {
        const whyNot = refusal(context, actions) ?? null;
        const session: StorySession = {
          token: whyNot === null ? token.value : null,
          whyNot,
          history: past.points,
        };
        context.header('cache-control', 'no-store');
        return context.json(session);
      });
      app.post('/story/actions', act);
    },
    note: (figures) => past.add(figures),
    answer: (number, answer) => waiting.get(number)?.(answer),
  };
}

type StoryContext = Context<{ Bindings: HttpBindings }>;

/** Why this request may not act, in words; undefined: it may. */
function refusal({ req, env }: StoryContext, actions: Actions): string | undefined {
  const header = (name: string) => req.header(name);
  const host = header('host');
  const origin = header('origin');
  if (!sameOrigin({ host, origin, fetchSite: header('sec-fetch-site') }))
    return 'only pages of this server may act';
  if (actions === 'off') return 'this demo only shows: it was started with --no-actions';
  const sender = {
    address: env.incoming.socket.remoteAddress,
    host,
    forwarded: isForwarded(header),
  };
  if (refusalOf(actions, sender) === undefined) return undefined;
  return 'actions are for the machine that the demo runs on: to act from elsewhere, start it with --allow-actions';
}
