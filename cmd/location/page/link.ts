/**
 * The page's connection to the city: opens it, notices when it is dead, opens it again after waits that grow, by another way where
 * one does not get through, and says at every moment how it stands.
 */
import { type CityClock, cityClock } from './city-clock.ts';
import { type Line, openLine, transportsHere } from './line.ts';
import { retry, type Transport } from './retry.ts';
import type { CityMessage, PageMessage, TrailOf, View } from './wire.ts';

/** How the connection stands. */
export type LinkState =
  | { readonly phase: 'connecting'; readonly attempt: number }
  | { readonly phase: 'live'; readonly transport: Transport }
  | {
      readonly phase: 'waiting';
      /** Of {@link performance.now}. */
      readonly untilMs: number;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly phase: 'impossible'; readonly reason: string };

/** Who is told. */
export interface LinkEvents {
  readonly heard: (message: CityMessage, bytes: number) => void;
  readonly changed: (state: LinkState) => void;
  /** The gateway serves another build than this page is. */
  readonly outdated: (build: string) => void;
}

/** The connection. */
export interface Link {
  readonly state: LinkState;
  readonly clock: CityClock;
  show(view: View): void;
  /** Asks for the messages of one driver or ride, instead of those before; undefined: of none. */
  follow(trail: TrailOf | undefined): void;
  /** Does not wait any longer. */
  tryNow(): void;
}

const GREETING_MS = 6000;
const ASK_TIME_MS = 4000;
/** The city answers every question about the time; who hears nothing for so long is cut off. */
const SILENCE_MAX_MS = 12_000;

/** Connects at once, and for as long as the page is open. `build`: what this page is; empty: not known. */
export function link(build: string, events: LinkEvents): Link {
  const here = transportsHere();
  const tries = retry(here);
  const clock = cityClock();
  let state: LinkState = { phase: 'connecting', attempt: 1 };
  let line: Line | undefined;
  let [view, trail]: [View | undefined, TrailOf | undefined] = [undefined, undefined];
  let [greetedMs, heardMs]: [number | undefined, number] = [undefined, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 1;

  const change = (next: LinkState) => {
    state = next;
    events.changed(next);
  };
  const ask = (message: PageMessage) => {
    if (greetedMs !== undefined) line?.ask(JSON.stringify(message));
  };
  const askTime = () => ask({ ask: 'time', at: clock.localMs() });

  function open(): void {
    clearTimeout(timer);
    change({ phase: 'connecting', attempt });
    const { transport } = tries;
    greetedMs = undefined;
    const opened = openLine(transport, { heard: hear, ended });
    line = opened;
    timer = setTimeout(() => opened.close(), GREETING_MS);

    function hear(text: string): void {
      heardMs = performance.now();
      const message = JSON.parse(text) as CityMessage;
      if (message.kind === 'hello') greeted(message.session, message.build, transport);
      if (message.kind === 'time') clock.answered(message.at, message.nowMs);
      events.heard(message, text.length);
    }
    function ended(code: number, reason: string): void {
      clearTimeout(timer);
      const livedMs = greetedMs === undefined ? undefined : performance.now() - greetedMs;
      greetedMs = undefined;
      const next = tries.ended({ transport, livedMs, code });
      attempt = next.number;
      timer = setTimeout(open, next.waitMs);
      const untilMs = performance.now() + next.waitMs;
      change({ phase: 'waiting', untilMs, attempt, reason });
    }
  }

  function greeted(session: string, served: string, transport: Transport): void {
    clearTimeout(timer);
    greetedMs = performance.now();
    if (line) line.session = session;
    change({ phase: 'live', transport });
    askTime();
    if (view) ask({ ask: 'view', ...view });
    if (trail) ask({ ask: 'trail', ...trail });
    if (build !== '' && served !== build) events.outdated(served);
  }

  function tryNow(): void {
    if (state.phase === 'waiting') open();
  }

  if (here.length === 0) {
    state = { phase: 'impossible', reason: 'this browser has neither WebSocket nor EventSource' };
    queueMicrotask(() => events.changed(state));
  } else {
    queueMicrotask(open);
    setInterval(() => {
      if (greetedMs === undefined) return;
      if (performance.now() - heardMs > SILENCE_MAX_MS) line?.close();
      else askTime();
    }, ASK_TIME_MS);
    addEventListener('online', tryNow);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) tryNow();
    });
  }

  return {
    get state() {
      return state;
    },
    clock,
    show(next) {
      view = next;
      ask({ ask: 'view', ...next });
    },
    follow(next) {
      trail = next;
      ask(next ? { ask: 'trail', ...next } : { ask: 'trail-end' });
    },
    tryNow,
  };
}
