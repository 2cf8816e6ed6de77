/** The live figures of a run, as the demo says them and the page shows them. */

/** End-to-end latency, from the intended send time to handled; null before the first message. */
export interface LatencyMs {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** One service, live. */
export interface ServiceFigures {
  readonly deliveriesPerS: number;
  /** Of the last few seconds. */
  readonly latencyMs: LatencyMs;
  readonly lag: number;
  readonly ackPending: number;
  readonly ackPendingMax: number;
  readonly redelivered: number;
  readonly lost: number;
}

/** The whole run, live; its services by their names. */
export interface Figures<Name extends string = string> {
  readonly runS: number;
  readonly publishesPerS: number;
  readonly deliveriesPerS: number;
  readonly published: number;
  readonly duplicatesDropped: number;
  /** Late, skipped and failed sends: open-loop honesty. */
  readonly late: number;
  readonly skipped: number;
  readonly failed: number;
  readonly redelivered: number;
  /**
   * Confirmed messages that the server counts as acknowledged and that no service reported settled, over all services. Live
   * it trails by a second or two; the result counts everything.
   */
  readonly lost: number;
  readonly services: Readonly<Record<Name, ServiceFigures>>;
  readonly rides: { readonly requested: number; readonly matched: number };
  readonly etaMedianAbsErrorS: number | null;
  /** Of the flagged drivers those who cheat, and of those who cheat the flagged. */
  readonly fraud: { readonly precision: number | null; readonly recall: number | null };
}
