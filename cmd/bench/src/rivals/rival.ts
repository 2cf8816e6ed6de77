/** What Jetlane is compared with: a rival is one file of `drivers/`, behind this interface. */
import type { Position } from '../measure/position.ts';

/** What a rival needs to run beside its packages. */
export type BrokerName = 'nats' | 'redis' | 'rabbitmq' | 'kafka';

/** Where a rival works. Plain data: it is sent to the processes that play it. */
export interface Place {
  /** Of the broker: a URL, or for Kafka a list of hosts. */
  readonly address: string;
  /** A name for its stream, queue or topic that nothing else has. Letters, digits, `_` and `-`. */
  readonly name: string;
}

/** What is said of a rival, and how it is played. Its packages are loaded by `open` only. */
export interface Rival {
  /** As in `--rivals`. */
  readonly id: string;
  readonly title: string;
  readonly broker: BrokerName;
  /** npm packages of `cmd/bench/rivals`, the one that gives the version first. Empty: those of the workspace do. */
  readonly packages: readonly string[];
  /** When a message counts as stored, and what a power cut can take. Printed next to the figures. */
  readonly durability: string;
  /** How it publishes and works here, in one sentence: what its documentation recommends. */
  readonly how: string;
  /** Why a figure is missing, where it cannot be measured at all. */
  readonly lacks?: { readonly publish?: string };
  open(place: Place): Promise<Driver>;
}

/** A rival, connected. */
export interface Driver {
  /** Makes the stream, queue or topic, and what consumers keep on the server. */
  prepare(): Promise<void>;
  /** Takes all of that away. */
  remove(): Promise<void>;
  sender(): Promise<Sender>;
  /** Begins to work through what there is and what comes, oldest first. Resolves once messages can arrive. */
  receiver(onPosition: (position: Position) => void): Promise<void>;
  close(): Promise<void>;
}

/** The publishing half. */
export interface Sender {
  /** Most messages that one call takes: what the client's own batching wants. */
  readonly batchMax: number;
  /** Calls under way at a time when it goes as fast as it can. */
  readonly callsMax: number;
  /** Resolves when the broker has confirmed all of them, in the sense of `durability`. */
  send(positions: readonly Position[]): Promise<unknown>;
  /** Where nothing confirms: resolves when the broker has read what was sent. */
  flush?(): Promise<unknown>;
}

/** Makes message number `n`, due at `sentNs`. */
export type Next = (n: number, sentNs: number) => Position;

/** A position as the rivals write it. Jetlane has a codec of its own. */
export function toPayload(position: Position): Buffer {
  return Buffer.from(JSON.stringify(position));
}

/** And as they read it. */
export function fromPayload(payload: Uint8Array): Position {
  const { buffer, byteOffset, byteLength } = payload;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as Position;
}
