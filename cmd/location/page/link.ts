/**
 * The page's connection to the city: opens it, notices when it is dead, opens it again after waits that grow, by another way where
 * one does not get through, and says at every moment how it stands.
 */
import { type CityClock, cityClock } from './city-clock.ts';
import { type Line, openLine, transportsHere } from './line.ts';
import { type Retry, retry, type Transport } from './retry.ts';
import type { CityMessage, Hello, PageMessage, TrailOf, View } from './wire.ts';

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
/** The first answers are slow, while everything starts: the best of some counts. */
const FIRST_ASKS = 5;
const FIRST_ASK_MS = 200;
/** The city answers every question about the time; who hears nothing for so long is cut off. */
const SILENCE_MAX_MS = 12_000;

/** Connects at once, and for as long as the page is open. `build`: what this page is; empty: not known. */
export function link(build: string, events: LinkEvents): Link {
  return new CityLink(build, events);
}

class CityLink implements Link {
  readonly clock: CityClock = cityClock();
  readonly #build: string;
  readonly #events: LinkEvents;
  readonly #tries: Retry;
  state: LinkState = { phase: 'connecting', attempt: 1 };
  #line: Line | undefined;
  #view: View | undefined;
  #trail: TrailOf | undefined;
  #greetedMs: number | undefined;
  #heardMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 1;

  constructor(build: string, events: LinkEvents) {
    this.#build = build;
    this.#events = events;
    const here = transportsHere();
    this.#tries = retry(here);
    if (here.length === 0) {
      const reason = 'this browser has neither WebSocket nor EventSource';
      queueMicrotask(() => this.#change({ phase: 'impossible', reason }));
      return;
    }
    queueMicrotask(() => this.#open());
    setInterval(() => this.#lookAfter(), ASK_TIME_MS);
    addEventListener('online', () => this.tryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.tryNow();
    });
  }

  show(view: View): void {
    this.#view = view;
    this.#ask({ ask: 'view', ...view });
  }

  follow(trail: TrailOf | undefined): void {
    this.#trail = trail;
    this.#ask(trail ? { ask: 'trail', ...trail } : { ask: 'trail-end' });
  }

  tryNow(): void {
    if (this.state.phase === 'waiting') this.#open();
  }

  #change(next: LinkState): void {
    this.state = next;
    this.#events.changed(next);
  }

  #ask(message: PageMessage): void {
    if (this.#greetedMs !== undefined) this.#line?.ask(JSON.stringify(message));
  }

  #askTime(): void {
    this.#ask({ ask: 'time', at: this.clock.localMs() });
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#change({ phase: 'connecting', attempt: this.#attempt });
    const { transport } = this.#tries;
    this.#greetedMs = undefined;
    const opened = openLine(transport, {
      heard: (text) => this.#hear(text, transport),
      ended: (code, reason) => this.#ended(transport, code, reason),
    });
    this.#line = opened;
    this.#timer = setTimeout(() => opened.close(), GREETING_MS);
  }

  #hear(text: string, transport: Transport): void {
    this.#heardMs = performance.now();
    const message = JSON.parse(text) as CityMessage;
    if (message.kind === 'hello') this.#greeted(message, transport);
    if (message.kind === 'time') this.clock.answered(message.at, message.nowMs);
    this.#events.heard(message, text.length);
  }

  #ended(transport: Transport, code: number, reason: string): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    const livedMs = this.#greetedMs === undefined ? undefined : now - this.#greetedMs;
    this.#greetedMs = undefined;
    const { number, waitMs } = this.#tries.ended({ transport, livedMs, code });
    this.#attempt = number;
    this.#timer = setTimeout(() => this.#open(), waitMs);
    this.#change({ phase: 'waiting', untilMs: now + waitMs, attempt: number, reason });
  }

  #greeted({ session, build: served }: Hello, transport: Transport): void {
    clearTimeout(this.#timer);
    this.#greetedMs = performance.now();
    if (this.#line) this.#line.session = session;
    this.#change({ phase: 'live', transport });
    for (let i = 0; i < FIRST_ASKS; i++) setTimeout(() => this.#askTime(), i * FIRST_ASK_MS);
    if (this.#view) this.#ask({ ask: 'view', ...this.#view });
    if (this.#trail) this.#ask({ ask: 'trail', ...this.#trail });
    if (this.#build !== '' && served !== this.#build) this.#events.outdated(served);
  }

  /** A connection that is dead says nothing of it. */
  #lookAfter(): void {
    if (this.#greetedMs === undefined) return;
    if (performance.now() - this.#heardMs > SILENCE_MAX_MS) this.#line?.close();
    else this.#askTime();
  }
}
