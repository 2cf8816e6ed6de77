import {
  type Awaitable,
  configInvalid,
  event,
  idGiven,
  type Outgoing,
  type Runnable,
  type Stream,
  withId,
} from '@jetlane/contracts';
import { wordsOf } from '../dead-letters/record.ts';
import { diagnostics } from '../diagnostics.ts';
import { on, type Result } from '../worker/handler.ts';
import { specify } from '../worker/specify.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import {
  TICK_TYPE,
  TICKS,
  tickSubject,
  tickTime,
  toTimetable,
  type When,
  whenProblems,
} from './timetable.ts';

/** One tick of a schedule. */
export interface Tick {
  /** The moment that it stands for: a whole minute of a cron, a whole second of an interval. */
  readonly time: Date;
}

/** What `schedule()` makes: inert until it is started. */
export interface Schedule extends Runnable {
  readonly kind: 'schedule';
  readonly [SPEC]: WorkerSpec;
}

const SPEC = Symbol.for('jetlane.schedule');

/**
 * Publishes on a timetable: once a tick, however many processes run it. A cron has five fields, in UTC unless `timezone` names
 * another; `every` counts whole seconds from when the schedule was first started.
 *
 * The server ticks, whether or not a process runs: ticks survive restarts of both. They are handled one after another, like
 * messages of a worker: `publish` is called again when it throws, and after five attempts the tick is a dead letter. What it
 * returns is stored under ids made of name and tick, so that a tick that is handled twice publishes once. Ticks that
 * nobody could take are not caught up with one by one: the latest stands for all of them.
 *
 * The name is unique on the server. Starting a schedule puts its timetable there, in place of an earlier one; one that an app
 * no longer declares goes on ticking until `jetlane streams apply` removes it.
 *
 * @throws JetlaneError `CONFIG_INVALID`, listing everything that is wrong
 * @example
 * const report = schedule('daily-report', { cron: '0 6 * * *', timezone: 'Europe/Berlin' }, ({ time }) =>
 *   MakeReport({ day: time.toISOString().slice(0, 10) }),
 * );
 */
export function schedule(
  name: string,
  when: When,
  publish: (tick: Tick) => Awaitable<Result>,
): Schedule {
  const problems = whenProblems(when);
  if (typeof publish !== 'function') problems.push('needs a function that returns what to publish');
  const timetable = problems.length === 0 ? toTimetable(when) : undefined;
  const warn = warnOnce(name);
  const { spec, problems: wrong = [] } = specify(name, { from: Ticks, ...ONE_BY_ONE }, [
    on(TickEvent, async ({ time }) => {
      const moment = timetable === undefined ? time : tickTime(timetable, time.getTime());
      try {
        return named(await publish({ time: moment }), `${name}:${moment.toISOString()}`);
      } catch (error) {
        warn(error);
        throw error;
      }
    }),
  ]);
  problems.unshift(...wrong);
  if (spec === undefined || timetable === undefined || problems.length > 0)
    throw configInvalid(typeof name === 'string' ? `schedule '${name}'` : 'schedule()', problems);
  return Object.freeze({
    kind: 'schedule' as const,
    name,
    [SPEC]: { ...spec, filters: [tickSubject(name)], timetable },
  });
}

/** Whether a runnable is a schedule, whichever copy of the package made it. */
export function isSchedule(part: Runnable): part is Schedule {
  return part.kind === 'schedule' && SPEC in part;
}

/** The worker that handles the ticks of a schedule, which `app` declares. */
export function tickWorker(part: Schedule, app: string | undefined): WorkerSpec {
  const spec = part[SPEC];
  const { timetable } = spec;
  return timetable === undefined || app === undefined
    ? spec
    : { ...spec, timetable: { ...timetable, app } };
}

/**
 * One tick after another. A server that is killed may forget that a tick was acknowledged, and the next one waits until that
 * one's ack wait is over: so that is short.
 */
const ONE_BY_ONE = { concurrency: 1, maxAckPending: 1, ackWait: '5s' } as const;

const tickSchema = {
  '~standard': {
    version: 1 as const,
    vendor: 'jetlane',
    validate: (value: unknown) => ({ value: value as { name: string } }),
    types: undefined as
      | { readonly input: { name: string }; readonly output: { name: string } }
      | undefined,
  },
};

const TickEvent = event(TICK_TYPE, { subject: 'tick.{name}', schema: tickSchema });

/** A message each for timetables and for the ticks that wait: the latest of each schedule. */
const Ticks: Stream<typeof TICKS, typeof TickEvent> = Object.freeze({
  name: TICKS,
  kind: 'stream',
  messages: [TickEvent],
  subjects: [tickSubject('*')],
  partitionedBy: undefined as never,
  partitions: undefined,
  options: {
    description: 'Timetables of schedules, and their ticks',
    retention: 'workqueue' as const,
    maxMsgsPerSubject: 1,
  },
});

/** The next tick takes the place of one that fails, so that a schedule which always fails never becomes a dead letter. */
function warnOnce(name: string): (error: unknown) => void {
  let warned = false;
  return (error) => {
    if (warned || diagnostics.retry.hasSubscribers) return;
    warned = true;
    process.emitWarning(
      `schedule '${name}' failed: ${wordsOf(error)}; it is tried again until its next tick. Listen to diagnostics.retry`,
      { code: 'JETLANE_SCHEDULE_FAILED' },
    );
  };
}

function named(result: Result, tick: string): Result {
  if (result === undefined || result === null) return result;
  const messages = Array.isArray(result) ? (result as readonly Outgoing[]) : [result as Outgoing];
  return messages.map((message, index) =>
    message === null || typeof message !== 'object' || idGiven(message)
      ? message
      : withId(message, `${tick}:${index}`),
  );
}
