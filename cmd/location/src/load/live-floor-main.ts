/**
 * The floor, measured all the time while pages look: a message every {@link EVERY_MS} ms from one connection to another through core NATS, on
 * the run's own server, both ends in this process, which does nothing else. Its times run from the intended send time as those of
 * reports do, so the same timers are in both.
 */
import { connect } from '@nats-io/transport-node';
import { nowMs } from '../ledger/clock.ts';
import { latencies } from '../ledger/latency.ts';
import type { LiveFloorOrder, LiveFloorWord } from './protocol.ts';

/** About what a report takes, headers included. */
const PAYLOAD_BYTES = 300;
const EVERY_MS = 20;
const REPORT_EVERY_MS = 250;

process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('message', (order: LiveFloorOrder) => {
  process.on('message', () => process.exit());
  measure(order).catch((error: Error) => say({ word: 'failed', sentence: error.message }));
});

async function measure({ servers, subject }: LiveFloorOrder): Promise<void> {
  const options = { servers: [...servers], name: 'location-floor', maxReconnectAttempts: -1 };
  const [from, to] = await Promise.all([connect(options), connect(options)]);
  const seen = latencies();
  to.subscribe(subject, {
    callback(_error, { data }) {
      seen.record(nowMs() - new DataView(data.buffer, data.byteOffset).getFloat64(0));
    },
  });
  await to.flush();
  const payload = Buffer.alloc(PAYLOAD_BYTES, 32);
  let dueMs = nowMs() + EVERY_MS;
  const send = () => {
    const atMs = nowMs();
    payload.writeDoubleBE(dueMs);
    // A client that is reconnecting keeps what it is given, and would send all of it late.
    if (connected) from.publish(subject, payload); // copied at once
    dueMs = Math.max(dueMs + EVERY_MS, atMs - EVERY_MS); // after a suspension it begins anew
    setTimeout(send, Math.max(0, dueMs - nowMs()));
  };
  let connected = true;
  void (async () => {
    for await (const { type } of from.status()) {
      if (type === 'disconnect') connected = false;
      if (type === 'reconnect') connected = true;
    }
  })();
  setTimeout(send, EVERY_MS);
  setInterval(() => say({ word: 'figures', latencies: seen.takeNew() }), REPORT_EVERY_MS);
  say({ word: 'ready' });
}

function say(word: LiveFloorWord): void {
  if (process.connected) process.send?.(word);
}
