/**
 * What Jetlane tells about itself, on `node:diagnostics_channel`. Nobody listening costs one property read a
 * message: each event object is built only when its channel has subscribers.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { BreakerState } from './worker/breaker.ts';
import type { Held } from './worker/held.ts';

/** `jetlane:publish`: a message was stored, or its publishing failed. */
export interface PublishEvent {
  readonly id: string;
  readonly subject: string;
  /** Empty when it failed. */
  readonly stream: string;
  readonly seq: number;
  readonly duplicate: boolean;
  /** From the call of `publish` to its ack. */
  readonly durationMs: number;
  readonly error?: unknown;
}

/** `jetlane:deliver`: a worker was handed a message. */
export interface DeliverEvent {
  readonly worker: string;
  readonly stream: string;
  readonly subject: string;
  readonly seq: number;
  /** Deliveries so far, this one included. */
  readonly attempt: number;
  /** Matching messages that were not delivered yet. */
  readonly pending: number;
}

/** `jetlane:settle`: a handler finished, what it returned is stored, and the message is acknowledged. */
export interface SettleEvent {
  readonly worker: string;
  readonly stream: string;
  readonly subject: string;
  readonly seq: number;
  readonly attempt: number;
  /** From delivery to acknowledgement. */
  readonly durationMs: number;
}

/** `jetlane:retry`: an attempt failed and another follows. */
export interface RetryEvent {
  readonly worker: string;
  readonly stream: string;
  readonly subject: string;
  readonly seq: number;
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
}

/**
 * `jetlane:bury`: a message was given up on; its dead letter is stored (unless `deadLetter: false`, or `ackPolicy: 'none'`).
 */
export interface BuryEvent {
  readonly worker: string;
  readonly stream: string;
  readonly subject: string;
  readonly seq: number;
  readonly attempt: number;
  readonly reason: string;
  readonly error: unknown;
}

/**
 * `jetlane:fence`: a late result was refused. `lost`: the process may have lost its message before it could commit, and
 * another will handle it. `committed`: another process has committed before; what that one recorded is published instead.
 */
export interface FenceEvent {
  readonly worker: string;
  readonly stream: string;
  /** What the inbox knows the messages by. */
  readonly ids: readonly string[];
  readonly reason: 'lost' | 'committed';
}

/** `jetlane:reconnect`: the connection was lost, or came back. */
export interface ReconnectEvent {
  readonly connected: boolean;
  readonly server: string;
}

/** `jetlane:fail`: a worker cannot go on, because its stream or its permission is gone. */
export interface FailEvent {
  readonly worker: string;
  readonly stream: string;
  readonly error: Error;
}

/**
 * `jetlane:policy`: a function among a worker's options threw or gave nonsense, and was left out of account. `option` says which,
 * such as `retry.when`.
 */
export interface PolicyEvent {
  readonly worker: string;
  readonly stream: string;
  readonly option: string;
  readonly error: unknown;
}

/**
 * `jetlane:breaker`: the circuit breaker of a worker changed its state: it pauses (`open`), tries one call (`half-open`), or goes on
 * (`closed`).
 */
export interface BreakerEvent {
  readonly worker: string;
  readonly stream: string;
  readonly state: BreakerState;
  /** With `open`: what failed last. */
  readonly error?: unknown;
}

/** Where something ran: a worker, and the types of the messages that its handlers had, at most ten. */
export interface Running {
  readonly worker: string;
  readonly types: readonly string[];
}

/**
 * `jetlane:block`: the event loop of this process stood still for more than a third of the shortest `ackWait` of a client's
 * workers. Nothing was heartbeated meanwhile: past an ack wait the server gives to others what is held here.
 */
export interface BlockEvent {
  readonly durationMs: number;
  /** The call of a handler that was seen to block, where one was. Else something that it awaited, or code outside of it, did. */
  readonly blocking?: Running;
  /** What ran when the loop went on: with an unknown culprit, the suspects. */
  readonly running: readonly Running[];
}

/** `jetlane:held`: what a worker holds, every third of its ack wait; the same as `held()` of `client.workers`. */
export interface HeldEvent extends Held {
  readonly worker: string;
  readonly stream: string;
}

/** The channels by name, typed. Subscribe with `diagnostics.publish.subscribe((event) => ...)`. */
export const diagnostics = {
  publish: channel('jetlane:publish') as Channel<unknown, PublishEvent>,
  deliver: channel('jetlane:deliver') as Channel<unknown, DeliverEvent>,
  settle: channel('jetlane:settle') as Channel<unknown, SettleEvent>,
  retry: channel('jetlane:retry') as Channel<unknown, RetryEvent>,
  bury: channel('jetlane:bury') as Channel<unknown, BuryEvent>,
  fence: channel('jetlane:fence') as Channel<unknown, FenceEvent>,
  reconnect: channel('jetlane:reconnect') as Channel<unknown, ReconnectEvent>,
  fail: channel('jetlane:fail') as Channel<unknown, FailEvent>,
  breaker: channel('jetlane:breaker') as Channel<unknown, BreakerEvent>,
  block: channel('jetlane:block') as Channel<unknown, BlockEvent>,
  held: channel('jetlane:held') as Channel<unknown, HeldEvent>,
  policy: channel('jetlane:policy') as Channel<unknown, PolicyEvent>,
};
