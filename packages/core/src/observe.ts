import type { EncodedMessage } from '@jetlane/contracts';
import type { Bus, PublishAck } from './bus.ts';
import { diagnostics } from './diagnostics.ts';
import type { Sink } from './publish.ts';
import { isDelayed, storeDelayed } from './schedule/delayed.ts';

/** The way into a bus that tells `jetlane:publish` about each message, when somebody listens. */
export function observed(bus: Bus): Sink {
  return {
    ready: () => bus.ready(),
    store: (message, waitedMs) =>
      diagnostics.publish.hasSubscribers
        ? storeAndTell(bus, message, waitedMs)
        : store(bus, message, waitedMs),
  };
}

function store(bus: Bus, message: EncodedMessage, waitedMs?: number): Promise<PublishAck> {
  return isDelayed(message) ? storeDelayed(bus, message) : bus.store(message, waitedMs);
}

async function storeAndTell(bus: Bus, message: EncodedMessage, waitedMs?: number) {
  const { id, subject } = message;
  const beganMs = performance.now();
  try {
    const ack = await store(bus, message, waitedMs);
    diagnostics.publish.publish({ id, subject, ...ack, durationMs: performance.now() - beganMs });
    return ack;
  } catch (error) {
    const durationMs = performance.now() - beganMs;
    diagnostics.publish.publish({
      id,
      subject,
      stream: '',
      seq: 0,
      duplicate: false,
      durationMs,
      error,
    });
    throw error;
  }
}
