/**
 * PubAcks that never arrive: a proxy before each server drops every other one. The message is stored, its publisher does not
 * know, and publishes it again under the same id.
 */
import { type FaultProxy, startFaultProxy } from '@jetlane/testing';
import type { Broker } from '../broker.ts';
import { fault } from '../fault.ts';
import { auditPublishing, NOTHING_HANDLED, startPublishing, storedOnce } from '../publishing.ts';
import type { Stage } from '../stage.ts';

const PROBABILITY = 0.5;
const CALM_MS = 2_000;
const TAIL_MS = 2_000;
const DONE_MS = 120_000;

/** See the head of this file. */
export const ackDrop = fault({
  name: 'ack-drop',
  does: 'drop PubAcks between server and publisher, in a proxy',
  expects: 'what was published again is stored once, inside the deduplication window',
  nodes: [1, 3],
  settings: {
    small: { drops: 500, ratePerSecond: 400, maxInFlight: 2_048 },
    full: { drops: 10_000, ratePerSecond: 800, maxInFlight: 4_096 },
  },
  limitMs: { small: 120_000, full: 600_000 },
  async run(stage, { drops, ratePerSecond, maxInFlight }) {
    const broker = await stage.broker();
    const connection = await stage.connection(broker);
    const proxies = await startProxies(stage, broker);
    const publishing = await startPublishing(stage, broker, {
      ratePerSecond,
      maxInFlight,
      pendingMax: maxInFlight,
      urls: proxies.map(({ url }) => url),
      pinned: true,
    });
    await stage.pause(CALM_MS);
    const beganAtMs = Date.now();
    for (const proxy of proxies) proxy.dropAcks({ probability: PROBABILITY });
    const dropped = () => proxies.reduce((sum, { counts }) => sum + counts.droppedAcks, 0);
    await stage.until(
      () => dropped() >= drops,
      DONE_MS,
      () => `${drops} dropped, not ${dropped()}`,
    );
    for (const proxy of proxies) proxy.heal();
    const healed = { beganAtMs, healedAtMs: Date.now() };
    stage.say(`dropped ${dropped()} acks in ${healed.healedAtMs - beganAtMs} ms`);
    await stage.pause(TAIL_MS);
    const report = await publishing.finish();
    const audit = await auditPublishing([publishing], connection, [healed]);
    return {
      acked: audit.acked,
      lost: audit.lost,
      redelivered: report.duplicates,
      duplicates: audit.duplicates,
      ...NOTHING_HANDLED,
      faultsInjected: dropped(),
      recoveredMs: audit.recoveredMs,
      safe: [storedOnce(audit)],
      bite: [
        {
          says: 'as many acks were dropped as were meant to be',
          holds: dropped() >= drops,
          found: `${dropped()} of ${drops}`,
        },
        {
          says: 'messages were published again and the server knew them',
          holds: report.duplicates > 0,
          found: `${report.duplicates} answers said duplicate`,
        },
      ],
      figures: {
        undisturbedPerSecond: audit.undisturbedPerSecond,
        silenceMaxMs: report.silenceMaxMs,
        droppingForMs: healed.healedAtMs - beganAtMs,
        failuresSeen: JSON.stringify(report.failures),
      },
    };
  },
});

/** One before each server, with a seed of its own. */
async function startProxies(stage: Stage, broker: Broker): Promise<FaultProxy[]> {
  const proxies: FaultProxy[] = [];
  for (const target of broker.urls) {
    const proxy = await startFaultProxy({ target, seed: stage.between(1, 2 ** 31) });
    stage.defer(() => proxy.close());
    proxies.push(proxy);
  }
  return proxies;
}
