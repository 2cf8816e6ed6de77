import type { StreamInfo } from '@nats-io/jetstream';
import type { Scheduling } from '../bus.ts';
import { API_CODE, ask, refusal, unwrap } from '../topology/jetstream-api.ts';
import { GUARD, schedulingProblem } from '../topology/schedule-guard.ts';
import type { Fields } from '../topology/stream-config.ts';
import type { Connection } from './connection.ts';

const REMEMBER_MS = 10_000;

/** What streams do with messages that say when they are due, each asked again after 10 s at the earliest. */
export class SchedulingLookup {
  readonly #connection: Connection;
  readonly #known = new Map<string, { readonly untilMs: number; answer: Promise<Scheduling> }>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  find(stream: string): Promise<Scheduling> {
    const known = this.#known.get(stream);
    const nowMs = performance.now();
    if (known !== undefined && known.untilMs > nowMs) return known.answer;
    const answer = look(this.#connection, stream);
    this.#known.set(stream, { untilMs: nowMs + REMEMBER_MS, answer });
    answer.catch(() => this.#known.delete(stream));
    return answer;
  }

  /** Streams may have changed. */
  forget(): void {
    this.#known.clear();
  }
}

async function look(connection: Connection, stream: string): Promise<Scheduling> {
  const beganMs = Date.now();
  const answer = await ask<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  const endedMs = Date.now();
  if (!answer.ok) throw refusal(answer, `reading stream ${stream}`);
  const { ts } = answer.value;
  const config = answer.value.config as unknown as Fields;
  const serverMs = ts === undefined ? Number.NaN : Date.parse(ts);
  const aheadMs = Math.round(serverMs - (beganMs + endedMs) / 2);
  return {
    problem: schedulingProblem(stream, config) ?? (await guardProblem(connection, stream, config)),
    limitedPerSubject: Number(config.max_msgs_per_subject ?? -1) > 0,
    aheadMs: Number.isFinite(aheadMs) ? aheadMs : 0,
  };
}

/** An interest stream acknowledges what no consumer waits for, and keeps nothing. */
async function guardProblem(
  connection: Connection,
  stream: string,
  { retention }: Fields,
): Promise<string | undefined> {
  if (retention !== 'interest') return undefined;
  const answer = await ask(connection, `CONSUMER.INFO.${stream}.${GUARD}`);
  if (answer.ok) return undefined;
  if (answer.code !== API_CODE.consumerNotFound)
    throw refusal(answer, `reading consumer ${GUARD} of ${stream}`);
  return `its consumer ${GUARD}, which keeps them, is missing: jetlane streams apply makes it`;
}

/**
 * See `Bus.cancel`. A message that falls due is stored under its target before it is taken off the schedule, so what was
 * removed may be under way: it is not when the server's clock, after the removal, had not come to that moment.
 */
export async function cancelSchedule(
  connection: Connection,
  stream: string,
  subject: string,
): Promise<boolean> {
  const waiting = await connection.jsm.streams.getMessage(stream, { last_by_subj: subject });
  if (waiting === null) return false;
  const dueMs = Date.parse(waiting.header.get('Nats-Schedule').replace(/^@at /, ''));
  const doing = `cancelling a message of ${stream}`;
  const purge = await ask<{ purged: number }>(connection, `STREAM.PURGE.${stream}`, {
    filter: subject,
  });
  if (unwrap(purge, doing).purged === 0) return false;
  const { ts } = unwrap(await ask<StreamInfo>(connection, `STREAM.INFO.${stream}`), doing);
  return Date.parse(ts ?? '') < dueMs;
}
