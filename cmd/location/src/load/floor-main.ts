/** One end of the floor: the same rate through core NATS, without JetStream, open loop as the demo itself. */
import { connect } from '@nats-io/transport-node';
import { nowMs } from '../ledger/clock.ts';
import { latencies } from '../ledger/latency.ts';
import type { FloorOrder, FloorWord } from './protocol.ts';

/** About what a report takes, headers included. */
const PAYLOAD_BYTES = 300;
/** What is under way when the sender has ended arrives within this. */
const LAST_MS = 500;
/** The first part is not counted: code is cold. */
const WARM_UP_SHARE = 0.25;

process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('message', (order: FloorOrder) => {
  process.on('message', () => process.exit());
  const play = order.role === 'send' ? send(order) : listen(order);
  play.catch((error: Error) => say({ word: 'failed', sentence: error.message }));
});

async function listen({ servers, subject, forMs }: FloorOrder): Promise<void> {
  const connection = await connect({ servers: [...servers], name: 'location-floor' });
  const seen = latencies();
  let warmMs = Number.POSITIVE_INFINITY;
  connection.subscribe(subject, {
    callback(_error, { data }) {
      const atMs = nowMs();
      if (warmMs === Number.POSITIVE_INFINITY) warmMs = atMs + forMs * WARM_UP_SHARE;
      if (atMs < warmMs) return;
      seen.record(atMs - new DataView(data.buffer, data.byteOffset).getFloat64(0));
    },
  });
  await connection.flush();
  say({ word: 'ready' });
  await new Promise((resolve) => setTimeout(resolve, forMs + LAST_MS));
  say({ word: 'done', messages: seen.count, latencies: seen.takeNew() });
  await connection.close();
}

async function send({ servers, subject, perS, forMs }: FloorOrder): Promise<void> {
  const connection = await connect({ servers: [...servers], name: 'location-floor' });
  const payload = Buffer.alloc(PAYLOAD_BYTES, 32);
  const startMs = nowMs();
  const total = Math.floor((perS * forMs) / 1000);
  let sent = 0;
  while (sent < total) {
    const untilMs = nowMs();
    for (; sent < total; sent++) {
      const dueMs = startMs + (sent * 1000) / perS;
      if (dueMs > untilMs) break;
      payload.writeDoubleBE(dueMs);
      connection.publish(subject, payload); // copied at once
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await connection.flush();
  say({ word: 'done', messages: sent, latencies: [] });
  await connection.close();
}

function say(word: FloorWord): void {
  if (process.connected) process.send?.(word);
}
