/**
 * The line between one process and the server. What goes one way arrives in order or not at all, as on TCP: single messages are
 * never lost, only everything from a cut on. Both ends notice a cut in their own time.
 */
import type { Dice } from './dice.ts';
import type { Actor, Timeline } from './timeline.ts';

/** The server's end of one connection. It knows what is open there until it notices that it is not. */
export interface Session {
  readonly number: number;
  /** False as soon as the server has noticed that nobody is there. */
  open: boolean;
}

/** See the head of this file. */
export class Link {
  readonly #timeline: Timeline;
  readonly #actor: Actor;
  readonly #dice: Dice;
  readonly #listeners = new Set<(up: boolean) => void>();
  #session: Session = { number: 0, open: true };
  /** What the process believes. */
  #up = true;
  /** Whether anything arrives. */
  #whole = true;
  #cutMs = Number.NEGATIVE_INFINITY;
  #mendedMs = Number.NEGATIVE_INFINITY;
  #toServerMs = 0;
  #toProcessMs = 0;
  /** Slow server, slow line: added to every way. */
  slowMs = 0;

  constructor(timeline: Timeline, actor: Actor, dice: Dice) {
    this.#timeline = timeline;
    this.#actor = actor;
    this.#dice = dice;
  }

  get up(): boolean {
    return this.#up;
  }

  get session(): Session {
    return this.#session;
  }

  /** Whether what is sent on a session arrives, as nobody but the run itself knows. */
  reaches(session: Session): boolean {
    return session === this.#session && this.#whole;
  }

  onChange(listener: (up: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something the process sends. What it writes while it knows of no connection goes nowhere, and what a cut overtakes too. */
  toServer(arrive: (session: Session) => void): void {
    if (!this.#up || this.#actor.dead) return;
    const session = this.#session;
    this.#toServerMs = this.#arrivalMs(this.#toServerMs);
    this.#timeline.after(this.#toServerMs - this.#timeline.nowMs, () => {
      if (this.reaches(session) && session.open) arrive(session);
    });
  }

  /** Something the server sends on a session; it may have ended. */
  toProcess(session: Session, arrive: () => void): void {
    if (!this.reaches(session)) return;
    this.#toProcessMs = this.#arrivalMs(this.#toProcessMs);
    this.#timeline.after(
      this.#toProcessMs - this.#timeline.nowMs,
      () => {
        if (this.reaches(session) && this.#up) arrive();
      },
      this.#actor,
    );
  }

  /** Nothing passes from now on. The server notices after `serverMs`, the process after `processMs`, and is back `backMs` later. */
  cut(serverMs: number, processMs: number, backMs: number): void {
    if (!this.#whole) return;
    const session = this.#session;
    this.#whole = false;
    this.#cutMs = this.#timeline.nowMs;
    this.#timeline.after(serverMs, () => {
      session.open = false;
    });
    this.#timeline.after(processMs, () => this.#lose(session, backMs), this.#actor);
  }

  /** The process has had enough of it, and dials anew after `backMs`. The server notices at once, if anything reaches it. */
  drop(backMs: number): void {
    if (!this.#up) return;
    const session = this.#session;
    if (this.#whole) this.cut(1, 0, backMs);
    else this.#lose(session, backMs);
  }

  /** Whether it was cut, or had been for less than `graceMs` when that began, at any time since `sinceMs`. */
  brokeSince(sinceMs: number, graceMs: number): boolean {
    const mendedMs = this.#whole ? this.#mendedMs : Number.POSITIVE_INFINITY;
    return mendedMs >= sinceMs && sinceMs - this.#cutMs < graceMs;
  }

  /** The process is gone for good; the server notices after `serverMs`. */
  abandon(serverMs: number): void {
    const session = this.#session;
    this.#whole = false;
    this.#up = false;
    this.#timeline.after(serverMs, () => {
      session.open = false;
    });
  }

  #lose(session: Session, backMs: number): void {
    if (!this.#up || session !== this.#session) return;
    this.#tell(false);
    this.#timeline.after(backMs, () => this.#connect(), this.#actor);
  }

  /** A new connection: the server may not have noticed that the last one is gone. */
  #connect(): void {
    this.#mendedMs = this.#timeline.nowMs;
    this.#session = { number: this.#session.number + 1, open: true };
    this.#whole = true;
    this.#toServerMs = 0;
    this.#toProcessMs = 0;
    this.#tell(true);
  }

  #tell(up: boolean): void {
    this.#up = up;
    for (const listener of [...this.#listeners]) listener(up);
  }

  #arrivalMs(lastMs: number): number {
    return Math.max(lastMs, this.#timeline.nowMs + this.#dice.between(1, 4) + this.slowMs);
  }
}
