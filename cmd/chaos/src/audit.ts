/** What a stream holds in the end, read message by message: the other side of the ledgers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@jetlane/core';
import { RunFailure } from './run-failure.ts';

/** How often each message is stored, by the id that it was published under. */
export type Stored = ReadonlyMap<string, number>;

const SILENCE_MAX_MS = 30_000;
const AGAIN_MS = 200;

/**
 * Reads a whole stream, headers only, in order.
 *
 * @throws RunFailure when the stream does not hand over all that it says it holds
 */
export async function readStored(connection: Connection, stream: string): Promise<Stored> {
  const stored = new Map<string, number>();
  const { state } = await readInfo(connection, stream);
  if (state.messages === 0) return stored;
  const consumer = await connection.js.consumers.get(stream, { headers_only: true });
  const messages = await consumer.consume({ max_messages: 2_000 });
  const timer = setTimeout(() => messages.stop(), SILENCE_MAX_MS);
  let seq = 0;
  for await (const message of messages) {
    timer.refresh();
    const id = message.headers?.get('Nats-Msg-Id') ?? '';
    stored.set(id, (stored.get(id) ?? 0) + 1);
    seq = message.seq;
    if (seq >= state.last_seq) break;
  }
  clearTimeout(timer);
  await consumer.delete().catch(() => {});
  if (seq < state.last_seq)
    throw new RunFailure(
      `${stream} holds messages up to ${state.last_seq}, but handed over ${seq}`,
    );
  return stored;
}

/** The stream as it stands; asked again while servers come back. */
async function readInfo(connection: Connection, stream: string): Promise<StreamInfo> {
  const endMs = performance.now() + SILENCE_MAX_MS;
  for (;;) {
    try {
      return await connection.jsm.streams.info(stream);
    } catch (error) {
      if (performance.now() > endMs) throw new RunFailure(`${stream}: ${(error as Error).message}`);
      await delay(AGAIN_MS);
    }
  }
}

type StreamInfo = Awaited<ReturnType<Connection['jsm']['streams']['info']>>;

/** What two sides make of each other. */
export interface Difference {
  /** Acknowledged, but not stored. */
  readonly lost: readonly string[];
  /** Stored more than once. */
  readonly twice: readonly string[];
}

/** Compares what was acknowledged with what is stored. */
export function compare(acked: Iterable<string>, stored: Stored): Difference {
  return {
    lost: [...acked].filter((id) => !stored.has(id)),
    twice: [...stored].filter(([, times]) => times > 1).map(([id]) => id),
  };
}
