import { type Duration, durationProblem, type Size, sizeProblem } from '@jetlane/contracts';
import { type WindowRange, windowProblems } from './nats/adaptive-window.ts';
import { shown } from './printed.ts';

/** How a client publishes. */
export interface WriteOptions {
  /**
   * Publishes awaiting an ack; then `publish` waits. A number stays as it is; `{ favor }` adapts between `min` and `max`, by
   * how long acks take: a larger window stores more a second, and each ack takes longer. `client.publishing` shows what it has
   * come to. Default 256.
   */
  maxInFlight?: number | WindowRange;
  /** Bytes awaiting an ack; the tighter of the two limits holds. Default `'8MiB'`. */
  maxInFlightBytes?: Size;
  /**
   * Keeps the order of each subject, whatever fails: a message is sent once all earlier ones of its subject are stored or
   * refused, also over retries, reconnects and changes of leader. It costs one round trip a message of one subject (on one
   * machine some thousand a second, over a network fewer), and nothing where subjects differ. Only what this client publishes
   * is ordered, and an atomic publish, or a `publishAll`, only within itself: await those before what is to follow.
   * One that ended with `PUBLISH_TIMEOUT` may still be stored, even behind later ones. Default false: in order as long as nothing
   * fails.
   */
  ordered?: boolean;
  /**
   * From the call of `publish` to its ack, by a clock that nobody sets. Messages of a list count from when each is written, which
   * comes after the lists before it; not behind lists that got no acks: that wait counts. Default `'10s'`.
   */
  publishTimeout?: Duration;
}

/** The names of these options. */
export const WRITE_OPTIONS = [
  'maxInFlight',
  'maxInFlightBytes',
  'ordered',
  'publishTimeout',
] as const satisfies readonly (keyof WriteOptions)[];

/** All that is wrong with them, in words. */
export function writeProblems(options: WriteOptions): string[] {
  const { maxInFlight, maxInFlightBytes, ordered, publishTimeout } = options;
  const problems = windowProblems(maxInFlight);
  const bytes =
    maxInFlightBytes === undefined ? undefined : sizeProblem(maxInFlightBytes, 'maxInFlightBytes');
  if (bytes !== undefined) problems.push(bytes);
  if (ordered !== undefined && typeof ordered !== 'boolean')
    problems.push(`'ordered' must be true or false, not ${shown(ordered)}`);
  const timeout =
    publishTimeout === undefined ? undefined : durationProblem(publishTimeout, 'publishTimeout');
  if (timeout !== undefined) problems.push(timeout);
  return problems;
}
