/**
 * Where pages ask. One conversation a page, the same over a WebSocket and over Server-Sent Events: a page says what it shows
 * and whom it follows, and is told what happens there. A page that says what is no question, or asks without end, is
 * sent away with a reason, and counted; the others notice nothing.
 */
import { randomUUID } from 'node:crypto';
import type { CityMessage, PageMessage, TrailOf, View } from '#wire';
import { nowMs } from '../ledger/clock.ts';
import type { Socket } from './cell.ts';
import type { Cut } from './map.ts';
import { isTrailId } from './trail-entry.ts';
import type { Trails } from './trails.ts';
import type { Viewers } from './viewers.ts';

/** What the desk answers from. */
export interface DeskOptions {
  readonly viewers: Viewers;
  readonly cellsIn: (view: View) => Cut;
  readonly trails: Trails;
  /** Of the page that is served now. */
  readonly build: string;
  /** What a page is told first, and again when it missed some: for example prices so far. */
  readonly greeting: () => readonly object[];
}

/** One page's part. */
export interface Conversation {
  readonly session: string;
  /** Takes what the page says. */
  hear(data: unknown): void;
  end(): void;
}

/** All conversations. */
export interface Desk {
  /** Sent away, because they said what is no question or asked too much. */
  readonly refused: number;
  greet(socket: Socket): Conversation;
  /** By the name that {@link Conversation} was given; undefined when it has ended. */
  find(session: string): Conversation | undefined;
}

/** Longer than any question. */
export const QUESTION_MAX_BYTES = 4096;
/** Questions at once, and a second: a hand that drags the map asks seven a second. */
const BURST_MAX = 60;
const RATE_PER_S = 30;
const MISUNDERSTOOD = 1008;

/** Nobody has asked yet. */
export function desk(options: DeskOptions): Desk {
  const conversations = new Map<string, Conversation>();
  let refused = 0;

  function greet(socket: Socket): Conversation {
    const viewer = options.viewers.join(socket, () => welcome());
    const session = randomUUID();
    const mayAsk = questionRate();
    let unfollow: () => void = () => {};
    const tell = (message: CityMessage) => viewer.tell(message);
    const welcome = () => {
      for (const message of options.greeting()) viewer.tell(message);
    };
    const end = () => {
      if (!conversations.delete(session)) return;
      unfollow();
      viewer.leave();
    };
    const refuse = (reason: string) => {
      if (!conversations.has(session)) return;
      refused++;
      end();
      socket.close(MISUNDERSTOOD, reason);
    };
    const follow = (wanted: TrailOf | undefined) => {
      unfollow();
      unfollow = wanted ? options.trails.follow(wanted, tell) : () => {};
    };
    const obey = (question: PageMessage) => {
      switch (question.ask) {
        case 'view': {
          const { cells, words } = options.cellsIn(question);
          return viewer.watch(cells, words);
        }
        case 'trail':
          return follow(question);
        case 'trail-end':
          return follow(undefined);
        case 'time':
          return tell({ kind: 'time', at: question.at, nowMs: nowMs() });
      }
    };
    const conversation: Conversation = {
      session,
      end,
      hear(data) {
        if (!mayAsk()) return refuse('this page asks too much: wait a moment');
        const question = readQuestion(data);
        if (!question) return refuse('what this page asked is not known here: reload it');
        obey(question);
      },
    };
    conversations.set(session, conversation);
    tell({ kind: 'hello', build: options.build, session });
    welcome();
    return conversation;
  }

  return {
    get refused() {
      return refused;
    },
    greet,
    find: (session) => conversations.get(session),
  };
}

/** A bucket of questions that fills at {@link RATE_PER_S}. */
function questionRate(): () => boolean {
  let [left, atMs] = [BURST_MAX, performance.now()];
  return () => {
    const now = performance.now();
    left = Math.min(BURST_MAX, left + ((now - atMs) * RATE_PER_S) / 1000) - 1;
    atMs = now;
    return left >= 0;
  };
}

/** Undefined for everything that is no question. */
export function readQuestion(data: unknown): PageMessage | undefined {
  if (typeof data !== 'string' || data.length > QUESTION_MAX_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? checked(value) : undefined;
  } catch {
    return undefined;
  }
}

function checked(question: { ask?: unknown }): PageMessage | undefined {
  const fields = question as Readonly<Record<string, unknown>>;
  const numbers = (...names: string[]) => names.every((name) => Number.isFinite(fields[name]));
  switch (question.ask) {
    case 'view':
      return numbers('west', 'south', 'east', 'north') ? (question as PageMessage) : undefined;
    case 'time':
      return numbers('at') ? (question as PageMessage) : undefined;
    case 'trail': {
      const known = fields['of'] === 'driver' || fields['of'] === 'ride';
      return known && isTrailId(fields['id']) ? (question as PageMessage) : undefined;
    }
    case 'trail-end':
      return { ask: 'trail-end' };
    default:
      return undefined;
  }
}
