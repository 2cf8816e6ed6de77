/** The live figures of a run, and what a page may ask of it: as the demo says them and the page shows them. Types only. */

/** End-to-end latency, from the intended send time to handled; null where nothing was handled. */
export interface LatencyMs {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** One process of a service. */
export interface ProcessFigures {
  /** From 1. */
  readonly number: number;
  /** False while it is dead and not started again yet. */
  readonly up: boolean;
  readonly deliveriesPerS: number;
}

/** One service, live. */
export interface ServiceFigures {
  readonly deliveriesPerS: number;
  /** Of the last few seconds. */
  readonly latencyMs: LatencyMs;
  /** Of what was handled since the figures before. */
  readonly secondMs: LatencyMs;
  readonly lag: number;
  readonly ackPending: number;
  readonly ackPendingMax: number;
  readonly redelivered: number;
  /** Given up on since the run began: each has a dead letter, until that is replayed or dropped. */
  readonly buried: number;
  /** Dead letters of this service that are there now. */
  readonly deadLetters: number;
  readonly lost: number;
  /** How long its event loops stood still since the run began. */
  readonly blockedMs: number;
  readonly processes: readonly ProcessFigures[];
  /** By partition, the number of the process that has it, or null while none has. Null: its processes share messages instead. */
  readonly partitions: readonly (number | null)[] | null;
}

/** What stands still, and for how long. */
export interface Stall {
  /** `stream`: no report is confirmed, though some wait. `map`: nothing comes to the pages, though the stream confirms. */
  readonly where: 'stream' | 'map';
  readonly forMs: number;
  /** Whether the stream answers, that is the server that leads it. */
  readonly answers: boolean;
  /** Copies of the stream. Of several servers that have one, one leads; when that is gone, the others elect another. */
  readonly copies: number;
}

/** The whole run, live; its services by their names. */
export interface Figures<Name extends string = string> {
  readonly runS: number;
  readonly publishesPerS: number;
  readonly deliveriesPerS: number;
  readonly published: number;
  /** Reports that were sent again under the id that they had. */
  readonly resent: number;
  readonly duplicatesDropped: number;
  /** Late, skipped and failed sends: open-loop honesty. */
  readonly late: number;
  readonly skipped: number;
  readonly failed: number;
  /** Sent, and neither confirmed nor failed yet. */
  readonly unconfirmed: number;
  /** Null: everything flows. */
  readonly stall: Stall | null;
  readonly redelivered: number;
  readonly deadLetters: number;
  /**
   * Confirmed messages that the server counts as acknowledged and that no service reported settled, over all services. Live
   * it trails by a second or two; the result counts everything.
   */
  readonly lost: number;
  /** Of all services together, since the figures before. */
  readonly secondMs: LatencyMs;
  /** What core NATS takes, without a stream, at the same time on the same server; null where it is not measured. */
  readonly floorMs: LatencyMs | null;
  readonly services: Readonly<Record<Name, ServiceFigures>>;
  readonly rides: { readonly requested: number; readonly matched: number };
  readonly etaMedianAbsErrorS: number | null;
  /** Of the flagged drivers those who cheat, and of those who cheat the flagged. */
  readonly fraud: { readonly precision: number | null; readonly recall: number | null };
}

/** How one can try to break it. */
export type TroubleKind = 'kill' | 'slow' | 'block' | 'poison' | 'twice' | 'restart' | 'add';

/** One way, as it is offered here. */
export interface TroubleOffer {
  readonly kind: TroubleKind;
  /** The services that it can hit; empty: it concerns all. */
  readonly services: readonly string[];
  /** How long it lasts by itself; null: it is over at once, or stays until it is mended. */
  readonly forMs: number | null;
  /** Why it cannot be had here; null where it can. */
  readonly whyNot: string | null;
}

/** A trouble that was made. */
export interface TroubleShown {
  readonly id: number;
  readonly kind: TroubleKind;
  /** Null: it concerns all. */
  readonly service: string | null;
  /** `on`: it acts. `recovering`: it ended, and something from that time is not handled yet. `over`: all of it is. */
  readonly phase: 'on' | 'recovering' | 'over';
  readonly sinceMs: number;
  /** Until it ends by itself; null where that is not known, or it has. */
  readonly leftMs: number | null;
  /** Whether it can be ended now. */
  readonly mendable: boolean;
  /** What Jetlane does about it, and what it does not, in words from figures. */
  readonly words: string;
}

/** What the demo says once a second. */
export interface StoryFigures<Name extends string = string> extends Figures<Name> {
  readonly troubles: readonly TroubleShown[];
  readonly offers: readonly TroubleOffer[];
}

/** One second of the latency chart: seconds since the run began, and p50, p99, p99.9 of each of them. */
export interface SecondPoint {
  readonly runS: number;
  readonly all: LatencyMs;
  readonly floor: LatencyMs | null;
  readonly services: Readonly<Record<string, LatencyMs>>;
}

/** What a page learns first, from `GET story`. */
export interface StorySession {
  /** Goes with every action, in the header `x-jetlane-token`; null where this page may not act. */
  readonly token: string | null;
  /** Why it may not, and how to allow it. */
  readonly whyNot: string | null;
  /** The last minutes, oldest first. */
  readonly history: readonly SecondPoint[];
}

/** What a page asks for, with `POST story/actions`. */
export type StoryAction =
  | { readonly do: 'trouble'; readonly kind: TroubleKind; readonly service?: string }
  /** Without an id: everything. */
  | { readonly do: 'mend'; readonly id?: number }
  | { readonly do: 'replay'; readonly service: string };

/** The answer, whatever its status: what was done, or why it was not. */
export interface StoryAnswer {
  readonly ok: boolean;
  readonly words: string;
}
