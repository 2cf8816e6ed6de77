/** What the parts of the page share: what the city says, as it says it, and how the connection stands. */
import type { LinkState } from './link.ts';
import type { CityMessage } from './wire.ts';

/** One kind of message. */
export type MessageOfKind<Kind extends CityMessage['kind']> = Extract<
  CityMessage,
  { readonly kind: Kind }
>;

/** For those who listen. */
export interface Live {
  readonly link: LinkState;
  /** The city's time, in epoch milliseconds. */
  nowMs(): number;
  /** Calls back with every message of a kind, until the result is called. */
  on<Kind extends CityMessage['kind']>(
    kind: Kind,
    listener: (message: MessageOfKind<Kind>) => void,
  ): () => void;
  /** Calls back whenever the connection changes, and at once with how it stands. */
  onLink(listener: (state: LinkState) => void): () => void;
}

/** And for those who tell. */
export interface LiveHub extends Live {
  tell(message: CityMessage): void;
  linked(state: LinkState): void;
}

/** A hub without listeners. */
export function liveHub(nowMs: () => number): LiveHub {
  const listeners = new Map<string, Set<(message: never) => void>>();
  const linkListeners = new Set<(state: LinkState) => void>();
  let state: LinkState = { phase: 'connecting', attempt: 1 };
  return {
    get link() {
      return state;
    },
    nowMs,
    on(kind, listener) {
      const all = listeners.get(kind) ?? new Set();
      listeners.set(kind, all.add(listener));
      return () => void all.delete(listener);
    },
    onLink(listener) {
      linkListeners.add(listener);
      listener(state);
      return () => void linkListeners.delete(listener);
    },
    tell(message) {
      for (const listener of listeners.get(message.kind) ?? []) listener(message as never);
    },
    linked(next) {
      state = next;
      for (const listener of linkListeners) listener(next);
    },
  };
}
