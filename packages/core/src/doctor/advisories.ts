/**
 * What the server says once and keeps nowhere: that a message was delivered as often as its consumer allows, or terminated.
 * Captured in a stream it outlives the moment, as far as that stream is there when it happens.
 */
import { JetlaneError } from '@jetlane/contracts';
import type { StreamInfo } from '@nats-io/jetstream';
import type { Admin } from '../topology/admin.ts';
import { API_CODE, ask, refusal } from '../topology/jetstream-api.ts';
import { MANAGED, toNanos } from '../topology/stream-config.ts';
import { type Finding, failure, warning } from './finding.ts';

/** The stream of captured advisories. */
export const ADVISORIES = 'JL_ADVISORIES';

/** A message that a consumer will never deliver again. */
export interface Advisory {
  /** Position in {@link ADVISORIES}. */
  readonly at: number;
  readonly stream: string;
  readonly consumer: string;
  readonly seq: number;
  readonly deliveries: number;
  readonly timeMs: number;
}

/**
 * Begins to capture advisories of exhausted and terminated messages, for 30 days and 10,000 a consumer. Again it does nothing.
 *
 * @throws JetlaneError `TOPOLOGY_CONFLICT` where another stream has its name or subjects; `PERMISSION_DENIED`
 */
export async function captureAdvisories(admin: Admin): Promise<void> {
  const answer = await ask(admin, `STREAM.CREATE.${ADVISORIES}`, CONFIG);
  if (answer.ok) return;
  const known = await captureInfo(admin);
  if (known?.config.metadata?.jetlane === undefined)
    throw refusal(answer, `capturing advisories in ${ADVISORIES}`);
}

/** The stream of captured advisories; undefined when nothing is captured. */
export async function captureInfo(admin: Admin): Promise<StreamInfo | undefined> {
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${ADVISORIES}`);
  if (answer.ok) return answer.value;
  if (answer.code === API_CODE.streamNotFound) return undefined;
  throw refusal(answer, `reading stream ${ADVISORIES}`);
}

/** Captured advisories of exhausted messages, oldest first. Without a capture none. */
export async function* readExhausted(admin: Admin): AsyncIterable<Advisory> {
  const info = await captureInfo(admin);
  if (info === undefined) return;
  const { first_seq: first, last_seq: last } = info.state;
  for (let next = Math.max(1, first); next <= last; ) {
    const page = await readPage(admin, next);
    for (const { at, body } of page) {
      const advisory = toAdvisory(at, body);
      if (at <= last && advisory !== undefined) yield advisory;
    }
    const end = page.at(-1);
    if (end === undefined) return;
    next = end.at + 1;
  }
}

/** An advisory that was acted on is forgotten. */
export async function forgetAdvisory(admin: Admin, { at }: Advisory): Promise<void> {
  await ask(admin, `STREAM.MSG.DELETE.${ADVISORIES}`, { seq: at, no_erase: true });
}

/** What was captured about each of these consumers. Those that Jetlane manages count for themselves. */
export async function advisoryFindings(
  admin: Admin,
  isForeign: (stream: string, consumer: string) => boolean,
): Promise<Finding[]> {
  const info = await captureInfo(admin);
  if (info === undefined) return [];
  const body = { subjects_filter: `${ROOT}.>` };
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${ADVISORIES}`, body);
  const counts = Object.entries((answer.ok && answer.value.state.subjects) || {});
  return counts.flatMap(([subject, count]) => {
    const [kind = '', stream = '', consumer = ''] = subject.slice(ROOT.length + 1).split('.');
    if (!isForeign(stream, consumer)) return [];
    const of = `of consumer ${consumer} of ${stream}`;
    return kind === 'MAX_DELIVERIES'
      ? failure(
          'exhausted',
          `${count} messages ${of} were delivered as often as it allows, as captured since ${String(info.created)}`,
          'jetlane doctor --sweep makes dead letters of those that are still there',
        )
      : warning(
          'terminated',
          `${count} messages ${of} were terminated by whoever handled them: they will not come again`,
          `see ${ADVISORIES} for the reasons: jetlane tail '${subject}' --last 10`,
        );
  });
}

const ROOT = '$JS.EVENT.ADVISORY.CONSUMER';
const PAGE_MESSAGES = 256;
const DAY_MS = 86_400_000;
const CONFIG = {
  name: ADVISORIES,
  description: 'Advisories about messages that a consumer never delivers again: jetlane doctor',
  subjects: [`${ROOT}.MAX_DELIVERIES.>`, `${ROOT}.MSG_TERMINATED.>`],
  retention: 'limits',
  storage: 'file',
  discard: 'old',
  max_age: toNanos(30 * DAY_MS),
  max_bytes: 256 * 1024 * 1024,
  max_msgs_per_subject: 10_000,
  allow_direct: true,
  metadata: MANAGED,
} as const;

async function readPage(admin: Admin, seq: number): Promise<{ at: number; body: string }[]> {
  const page: { at: number; body: string }[] = [];
  const next_by_subj = `${ROOT}.MAX_DELIVERIES.>`;
  try {
    const messages = await admin.jsm.direct.getBatch(ADVISORIES, {
      seq,
      next_by_subj,
      batch: PAGE_MESSAGES,
    });
    for await (const message of messages) page.push({ at: message.seq, body: message.string() });
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 404) return page;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const words = `reading ${ADVISORIES} failed (${reason}); try again when the server answers`;
    throw new JetlaneError('CONNECTION_LOST', words, { cause });
  }
  return page;
}

function toAdvisory(at: number, body: string): Advisory | undefined {
  try {
    const { stream, consumer, stream_seq, deliveries, timestamp } = JSON.parse(body);
    const timeMs = Date.parse(timestamp);
    const known = typeof stream === 'string' && typeof consumer === 'string' && stream_seq > 0;
    return known ? { at, stream, consumer, seq: stream_seq, deliveries, timeMs } : undefined;
  } catch {
    return undefined;
  }
}
