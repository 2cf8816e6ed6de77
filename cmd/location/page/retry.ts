/** When to try again, and by what. Pure: the next attempt follows from how the last ones ended. */

/** What a connection goes over. */
export type Transport = 'websocket' | 'events';

/** The code of a connection that broke without a word. */
export const BROKEN = 1006;

/** How an attempt ended. */
export interface Ending {
  readonly transport: Transport;
  /** How long it lived after the gateway had greeted; undefined: it never did. */
  readonly livedMs: number | undefined;
  readonly code: number;
}

/** What comes next. */
export interface Attempt {
  readonly transport: Transport;
  readonly waitMs: number;
  /** Attempts since the last that held. */
  readonly number: number;
}

/** Remembers the attempts of one page. */
export interface Retry {
  readonly transport: Transport;
  ended(ending: Ending): Attempt;
}

const FIRST_WAIT_MS = 500;
const WAIT_MAX_MS = 15_000;
/** A connection that lived so long has held. */
const HELD_MS = 10_000;
/** WebSockets that fail so often in a row do not get through here. */
const FAILURES_MAX = 2;
/** Nor do those that are cut so often before they held. */
const CUTS_MAX = 3;
/** The gateway sent the page away: not at once again. */
const SENT_AWAY_MS = 4000;

/** Begins with the first of the transports that there are. */
export function retry(here: readonly Transport[], random = Math.random): Retry {
  let transport = here[0] ?? 'events';
  let [failures, cuts, number] = [0, 0, 0];

  function choose({ livedMs, code }: Ending): void {
    if (transport === 'websocket') {
      if (livedMs === undefined) failures++;
      else if (livedMs < HELD_MS && code === BROKEN) cuts++;
      else [failures, cuts] = [0, 0];
      if ((failures >= FAILURES_MAX || cuts >= CUTS_MAX) && here.includes('events')) {
        transport = 'events';
      }
    } else if (livedMs === undefined && here.includes('websocket')) {
      [failures, cuts] = [FAILURES_MAX - 1, 0]; // neither: the server is away
      transport = 'websocket';
    }
  }

  return {
    get transport() {
      return transport;
    },
    ended(ending) {
      const held = ending.livedMs !== undefined && ending.livedMs >= HELD_MS;
      number = held ? 1 : number + 1;
      choose(ending);
      const fullMs = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** (number - 1));
      const leastMs = ending.code === BROKEN || ending.code === 1001 ? 0 : SENT_AWAY_MS;
      return { transport, number, waitMs: Math.max(leastMs, fullMs * (0.5 + random() / 2)) };
    },
  };
}
