/**
 * Publishes what the simulation reports, open loop: every report has an intended time on a fixed
 * schedule, and a slow server does not slow the schedule down. Publishing is never awaited one by
 * one; the client's window bounds what is on the wire and {@link OUTSTANDING_MAX} what waits here.
 * What had to be sent late, or not at all, is counted and shown. Where sending takes longer than the schedule leaves, it
 * yields after {@link SLICE_MS}, so that confirmations come in meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Outgoing, PublishAck } from '@jetlane/core';
import {
  LocationUpdated,
  RideArrived,
  RidePickedUp,
  RideRequested,
} from '@jetlane/streams/location';
import { type Random, seededRandom } from '../city/random.ts';
import { nowMs } from '../ledger/clock.ts';
import { seqSet } from '../ledger/seq-set.ts';
import type { LegEnd, Simulation } from '../simulation/simulation.ts';

/** What a {@link Publisher} needs. */
export interface PublisherOptions {
  readonly client: Client;
  readonly simulation: Simulation;
  readonly seed: number;
  /** Told the end of each leg of a ride as it happens. */
  readonly onLegEnded: (end: LegEnd) => void;
}

/** A report sent later than this counts as late. */
const LATE_MS = 50;
/** Reports that may await confirmation: some seconds of the largest city. */
const OUTSTANDING_MAX = 20_000;
/** The share of reports that a phone on a bad line sends twice, with the same id. */
const RESEND_CHANCE = 0.004;
const RESEND_AFTER_MS = 300;
/** While everything is sent twice, the second time follows so soon. */
const TWICE_AFTER_MS = 20;
const RIDERS_EVERY_MS = 100;
const SLEEP_MAX_MS = 100;
/** For sending at the end what is due, on a machine that had no time for it. */
const GRACE_MS = 2000;
/** The longest that sending holds up the event loop. */
const SLICE_MS = 5;
/** Between two looks at the clock, while it is behind. */
const LOOK_EVERY = 64;

/** Sends nothing before `start`. */
export class Publisher {
  /** Positions in the stream LOCATIONS that the server confirmed, each once. */
  readonly acked = seqSet();
  /** Not confirmed: counts by error code. */
  readonly failed = new Map<string, number>();
  /** Confirmations that said "stored before". */
  duplicates = 0;
  /** Sent more than {@link LATE_MS} after the intended time. */
  late = 0;
  /** Not sent, because too many were outstanding, or still due when sending ended. */
  skipped = 0;
  /** Whether every report is sent twice, under the same id. */
  twice = false;
  /** Reports that were sent again, under the id that they had. */
  resent = 0;
  /** The last position that the server confirmed. */
  lastSeq = 0;
  readonly #options: PublisherOptions;
  readonly #random: Random;
  readonly #resends = new Set<NodeJS.Timeout>();
  #outstanding = 0;
  /** Reports of positions among them, and since when none of these was confirmed. */
  #unheard = 0;
  #heardMs = 0;
  #started = false;
  #endMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #ridersTimer: NodeJS.Timeout | undefined;
  #onSettled: (() => void)[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed, 'resend');
  }

  /** Sent, and neither confirmed nor failed yet. */
  get unconfirmed(): number {
    return this.#outstanding;
  }

  /** For how long no position was confirmed, while some wait for it; 0: none does. */
  get unheardMs(): number {
    return this.#unheard === 0 ? 0 : performance.now() - this.#heardMs;
  }

  /** Not confirmed, altogether. */
  get failures(): number {
    let sum = 0;
    for (const times of this.failed.values()) sum += times;
    return sum;
  }

  /**
   * Begins the simulation's schedule at this time, in epoch milliseconds. What falls due at `endMs`
   * (default: never) or later is not sent.
   */
  start(startMs: number, endMs = Number.POSITIVE_INFINITY): void {
    this.#endMs = endMs;
    this.#started = true;
    this.#options.simulation.begin(startMs);
    this.#tick();
    this.#ridersTimer = setInterval(() => this.#sendRides(), RIDERS_EVERY_MS);
  }

  /**
   * Sends what is due by now, for at most {@link GRACE_MS}, and no more; resolves when everything sent is confirmed or has
   * failed. What was due and is not sent counts as skipped.
   */
  async stop(): Promise<void> {
    if (this.#started) await this.#sendRest();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    clearInterval(this.#ridersTimer);
    for (const resend of this.#resends) clearTimeout(resend);
    if (this.#outstanding > 0) {
      await new Promise<void>((resolve) => void this.#onSettled.push(resolve));
    }
  }

  async #sendRest(): Promise<void> {
    const { simulation } = this.#options;
    this.#started = false;
    this.#endMs = Math.min(this.#endMs, nowMs());
    const untilMs = nowMs() + GRACE_MS;
    while (simulation.dueMs < this.#endMs && nowMs() < untilMs) await delay(SLICE_MS);
    this.skipped += simulation.dueBefore(this.#endMs);
  }

  #tick(): void {
    const { simulation } = this.#options;
    const beganMs = nowMs();
    let atMs = beganMs;
    for (let count = 1; simulation.dueMs <= beganMs && simulation.dueMs < this.#endMs; count++) {
      this.#sendReport(atMs);
      if (count % LOOK_EVERY > 0) continue;
      atMs = nowMs();
      if (atMs - beganMs > SLICE_MS) break;
    }
    this.acked.takeNewRanges(); // only its bits are needed here
    const sleepMs = Math.min(SLEEP_MAX_MS, simulation.dueMs - nowMs());
    if (sleepMs > 0) this.#timer = setTimeout(() => this.#tick(), Math.max(1, sleepMs));
    else this.#immediate = setImmediate(() => this.#tick());
  }

  /** `atMs`: about now; a look at the clock for each report would cost more than it tells. */
  #sendReport(atMs: number): void {
    const report = this.#options.simulation.report();
    if (this.#outstanding >= OUTSTANDING_MAX) {
      this.skipped++;
      return;
    }
    if (atMs - report.takenAtMs > LATE_MS) this.late++;
    const message = LocationUpdated(report, { id: `${report.deviceId}:${report.takenAtMs}` });
    this.#sendPosition(message);
    if (this.#random.chance(RESEND_CHANCE)) this.#resend(message, RESEND_AFTER_MS);
    else if (this.twice) this.#resend(message, TWICE_AFTER_MS);
  }

  #resend(message: Outgoing, afterMs: number): void {
    const resend = setTimeout(() => {
      this.#resends.delete(resend);
      this.resent++;
      this.#sendPosition(message);
    }, afterMs);
    this.#resends.add(resend);
  }

  #sendRides(): void {
    const { simulation, onLegEnded } = this.#options;
    for (const request of simulation.riders.due(nowMs())) {
      const id = `${request.rideId}:${request.attempt}:${request.requestedAtMs}`;
      this.#send(RideRequested(request, { id }));
    }
    for (const end of simulation.takeLegEnds()) {
      onLegEnded(end);
      const { rideId, driverId, atMs } = end;
      const ended = end.leg === 'pick-up' ? RidePickedUp : RideArrived;
      this.#send(ended({ rideId, driverId, atMs }, { id: `${rideId}:${end.leg}:${atMs}` }));
    }
  }

  readonly #count = (ack: PublishAck): void => {
    this.#unheard--;
    this.#heardMs = performance.now();
    if (ack.duplicate) this.duplicates++;
    if (ack.seq > this.lastSeq) this.lastSeq = ack.seq;
    this.acked.add(ack.seq);
    this.#settled();
  };

  readonly #failPosition = (error: unknown): void => {
    this.#unheard--;
    this.#fail(error);
  };

  readonly #fail = (error: unknown): void => {
    const code = String((error as { code?: unknown }).code ?? 'UNKNOWN');
    this.failed.set(code, (this.failed.get(code) ?? 0) + 1);
    this.#settled();
  };

  readonly #settled = (): void => {
    if (--this.#outstanding > 0) return;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  };

  #sendPosition(message: Outgoing): void {
    this.#outstanding++;
    if (this.#unheard++ === 0) this.#heardMs = performance.now();
    this.#options.client.publish(message).then(this.#count, this.#failPosition);
  }

  #send(message: Outgoing): void {
    this.#outstanding++;
    this.#options.client.publish(message).then(this.#settled, this.#fail);
  }
}
