/**
 * kill -9 of a nats-server while a publisher works. With one server everything stands still until it is back; with three it
 * is, in turns, the leader of the stream and any server, and the other two go on. A second publisher is killed with each server
 * and never comes back: what it had an ack for must be stored without its help.
 */
import type { Connection } from '@jetlane/core';
import type { Server } from '@jetlane/devserver';
import type { Broker } from '../broker.ts';
import { fault } from '../fault.ts';
import { leaderOf } from '../leader.ts';
import {
  auditPublishing,
  NOTHING_HANDLED,
  type Publishing,
  startPublishing,
  storedOnce,
} from '../publishing.ts';
import type { Disturbance } from '../recovery.ts';
import type { Stage } from '../stage.ts';

const BACK_MS = 60_000;
const TAIL_MS = 2_000;
const MORTAL_SHARE = 4;

/** See the head of this file. */
export const brokerKill = fault({
  name: 'broker-kill',
  does: 'kill -9 the broker while a publisher works, and another publisher with it',
  expects: 'what was acknowledged is stored, once',
  nodes: [1, 3],
  settings: {
    small: { acked: 3_000, kills: 2, ratePerSecond: 1_000, downMinMs: 50, downMaxMs: 500 },
    full: { acked: 100_000, kills: 20, ratePerSecond: 1_500, downMinMs: 50, downMaxMs: 2_000 },
  },
  limitMs: { small: 120_000, full: 900_000 },
  async run(stage, settings) {
    const { kills, ratePerSecond } = settings;
    const broker = await stage.broker();
    const connection = await stage.connection(broker);
    const publishing = await startPublishing(stage, broker, { ratePerSecond });
    const mortals: Publishing[] = [];
    const done: Kill[] = [];
    for (let number = 0; number < kills; number++) {
      // One kill in each share of the messages, somewhere in its middle.
      const at = ((number + 0.25 + stage.random() / 2) * settings.acked) / kills;
      await publishing.untilAcked(at, BACK_MS + (at / ratePerSecond) * 2_000);
      const mortal = await startPublishing(stage, broker, {
        ratePerSecond: ratePerSecond / MORTAL_SHARE,
        prefix: `m${number}`,
      });
      mortals.push(mortal);
      await mortal.untilAcked(1, BACK_MS);
      const victim = await chooseVictim(stage, broker, { connection, number });
      const beganAtMs = Date.now();
      await victim.server.kill();
      await stage.pause(stage.between(settings.downMinMs, settings.downMaxMs));
      const pending = publishing.pending();
      await mortal.kill();
      await victim.server.restart();
      await broker.ready();
      done.push({ ...victim, pending, beganAtMs, healedAtMs: Date.now() });
      stage.say(`kill ${number + 1} of ${kills}: ${publishing.acked()} acknowledged`);
      await publishing.untilAcked(publishing.acked() + ratePerSecond, BACK_MS);
    }
    await publishing.untilAcked(settings.acked, BACK_MS + (settings.acked / ratePerSecond) * 2_000);
    await stage.pause(TAIL_MS);
    const report = await publishing.finish();
    const audit = await auditPublishing([publishing, ...mortals], connection, done, [publishing]);
    const felt = done.filter(({ pending }) => pending > 0).length;
    const leaders = done.filter(({ leader }) => leader).length;
    return {
      acked: audit.acked,
      lost: audit.lost,
      redelivered: report.duplicates,
      duplicates: audit.duplicates,
      ...NOTHING_HANDLED,
      faultsInjected: done.length,
      recoveredMs: audit.recoveredMs,
      safe: [storedOnce(audit)],
      bite: [
        {
          says: 'publishes had to wait while the server was gone',
          holds: felt > 0,
          found: `at ${felt} of ${done.length} kills`,
        },
        {
          says: 'the publisher lost its connection, or its stream a leader',
          holds: report.disconnects + leaders > 0,
          found: `${report.disconnects} connections, ${leaders} leaders`,
        },
      ],
      figures: {
        undisturbedPerSecond: audit.undisturbedPerSecond,
        silenceMaxMs: report.silenceMaxMs,
        publishersKilled: mortals.length,
        connectionsLost: report.disconnects,
        leadersKilled: leaders,
        failuresSeen: JSON.stringify(report.failures),
      },
    };
  },
});

interface Victim {
  readonly server: Server;
  /** Whether it led the stream. */
  readonly leader: boolean;
}

interface Kill extends Disturbance, Victim {
  /** Publishes that waited for an ack just before the server came back. */
  readonly pending: number;
}

async function chooseVictim(
  stage: Stage,
  broker: Broker,
  { connection, number }: { readonly connection: Connection; readonly number: number },
): Promise<Victim> {
  const drawn = stage.pick(broker.servers);
  const leader = broker.replicas === 3 ? await leaderOf(connection, broker, 'CHAOS') : undefined;
  const server = leader !== undefined && number % 2 === 0 ? leader : drawn;
  return { server, leader: server === leader };
}
