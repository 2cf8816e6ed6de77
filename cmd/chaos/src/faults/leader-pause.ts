/**
 * SIGSTOP of the server that leads the stream: it answers nothing, and its connections stay open. The other two elect a leader;
 * a publisher that was connected to the stopped one has to notice by itself. It goes on (SIGCONT) once writes flow again.
 */
import { fault } from '../fault.ts';
import { untilLeader } from '../leader.ts';
import { auditPublishing, NOTHING_HANDLED, startPublishing, storedOnce } from '../publishing.ts';
import type { Disturbance } from '../recovery.ts';

const RESUME_MAX_MS = 60_000;
const LEADER_MS = 30_000;
const CALM_MS = 2_000;
/** What the guarantee says; whether it was kept is reported. */
const RESUME_GOAL_MS = 15_000;

/** See the head of this file. */
export const leaderPause = fault({
  name: 'leader-pause',
  does: 'SIGSTOP the server that leads the stream, and let it go on once writes flow again',
  expects:
    'what was acknowledged is stored, once; writes resume within 15 s of the stop (reported)',
  nodes: [3],
  settings: {
    small: { cycles: 1, ratePerSecond: 400, afterMs: 1_000 },
    full: { cycles: 20, ratePerSecond: 1_000, afterMs: 2_000 },
  },
  limitMs: { small: 180_000, full: 2_400_000 },
  async run(stage, { cycles, ratePerSecond, afterMs }) {
    const broker = await stage.broker();
    const connection = await stage.connection(broker);
    const publishing = await startPublishing(stage, broker, { ratePerSecond });
    const faults: Disturbance[] = [];
    const resumed: number[] = [];
    let elections = 0;
    for (let cycle = 1; cycle <= cycles; cycle++) {
      await stage.pause(CALM_MS);
      const leader = await untilLeader(stage, connection, {
        broker,
        stream: 'CHAOS',
        deadlineMs: LEADER_MS,
      });
      await leader.pause();
      const stoppedAtMs = Date.now();
      // Messages that were sent after the stop: only a leader that runs can acknowledge them.
      const since = () =>
        [...publishing.read().values()].find(
          ({ sentAtMs, ackedAtMs }) => sentAtMs > stoppedAtMs && ackedAtMs !== undefined,
        );
      await stage.until(() => since() !== undefined, RESUME_MAX_MS, 'writes to resume');
      resumed.push((since()?.ackedAtMs ?? Number.NaN) - stoppedAtMs);
      await stage.pause(afterMs);
      await leader.resume();
      await broker.ready();
      const next = await untilLeader(stage, connection, {
        broker,
        stream: 'CHAOS',
        deadlineMs: LEADER_MS,
      });
      if (next !== leader) elections++;
      // The cluster heals itself: what counts is the time from the stop.
      faults.push({ beganAtMs: stoppedAtMs, healedAtMs: stoppedAtMs });
      stage.say(`cycle ${cycle} of ${cycles}: writes resumed after ${resumed.at(-1)} ms`);
    }
    await stage.pause(CALM_MS);
    const report = await publishing.finish();
    const audit = await auditPublishing([publishing], connection, faults);
    return {
      acked: audit.acked,
      lost: audit.lost,
      redelivered: report.duplicates,
      duplicates: audit.duplicates,
      ...NOTHING_HANDLED,
      faultsInjected: faults.length,
      recoveredMs: audit.recoveredMs,
      safe: [storedOnce(audit)],
      bite: [
        {
          says: 'another server was elected to lead the stream',
          holds: elections > 0,
          found: `in ${elections} of ${cycles} cycles`,
        },
      ],
      figures: {
        undisturbedPerSecond: audit.undisturbedPerSecond,
        resumedMaxMs: Math.max(...resumed),
        resumedMedianMs: [...resumed].sort((a, b) => a - b)[resumed.length >> 1] ?? 0,
        resumedWithin15s: resumed.filter((ms) => ms <= RESUME_GOAL_MS).length,
        connectionsLost: report.disconnects,
        failuresSeen: JSON.stringify(report.failures),
      },
    };
  },
});
