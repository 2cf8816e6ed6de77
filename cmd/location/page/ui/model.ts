/** What the panels over the map show: a picture of the page's state, taken some times a second. */
import type { Driver, Flag } from '../drivers.ts';
import type { Stall } from '../figures.ts';
import type { LinkState } from '../link.ts';
import type { Ride } from '../rides.ts';
import type { TrafficRates } from '../traffic.ts';
import type { Trail } from '../trail.ts';
import type { Scope, TrailOf } from '../wire.ts';

/** The one driver or ride that is looked at. */
export interface Selection {
  readonly of: TrailOf;
  /** Undefined while it is not in view. */
  readonly driver: Driver | undefined;
  readonly ride: Ride | undefined;
  readonly flag: Flag | undefined;
  readonly trail: Trail;
}

/** A line of the list by which one finds drivers without a pointer. */
export interface Choice {
  readonly key: string;
  readonly name: string;
  readonly words: string;
  readonly choose: () => void;
}

/** Everything that the panels show. */
export interface Model {
  readonly link: LinkState;
  /** Of {@link performance.now}. */
  readonly nowMs: number;
  readonly cityMs: number;
  /** Something of the city has been heard. */
  readonly begun: boolean;
  readonly scope: Scope | undefined;
  /** All of the city is in view. */
  readonly whole: boolean;
  readonly drivers: number;
  readonly rides: number;
  readonly waiting: number;
  readonly flagged: number;
  /** Cells with a price above the plain one. */
  readonly surging: number;
  readonly rates: TrafficRates;
  /** How long this page was passed over a moment ago; undefined: it was not. */
  readonly behindMs: number | undefined;
  readonly outdated: boolean;
  /** What stands still in the city, as the demo says it, and how many reports wait meanwhile; undefined: nothing. */
  readonly stall: (Stall & { readonly waiting: number }) | undefined;
  readonly workMs: number | null;
  readonly selection: Selection | undefined;
  /** Undefined: the list is closed. */
  readonly choices: readonly Choice[] | undefined;
}

/** What the panels can do. */
export interface Actions {
  readonly zoom: (factor: number) => void;
  readonly showAll: () => void;
  readonly select: (of: TrailOf | undefined) => void;
  readonly tryNow: () => void;
  readonly reload: () => void;
  readonly toggleChoices: () => void;
}
