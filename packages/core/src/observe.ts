import type { EncodedMessage } from '@jetlane/contracts';
import type { Bus } from './bus.ts';
import { diagnostics } from './diagnostics.ts';

/** Stores a message and tells `jetlane:publish` how that went, when somebody listens. */
export function observedStore(bus: Bus): Bus['store'] {
  return (message) =>
    diagnostics.publish.hasSubscribers ? storeAndTell(bus, message) : bus.store(message);
}

async function storeAndTell(bus: Bus, message: EncodedMessage) {
  const { id, subject } = message;
  const beganMs = performance.now();
  try {
    const ack = await bus.store(message);
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
