/** Messages that say when they are due, by the rules of nats-server. Pure. */
import type { EncodedMessage } from '@jetlane/contracts';
import { nextTick, parseCron } from '../schedule/cron.ts';
import type { StreamSettings } from './settings.ts';
import type { StoredMessage } from './stored-message.ts';

/** When a message is due. */
export interface DueTime {
  readonly dueMs: number;
  /** Whether it is due again after that. */
  readonly repeats: boolean;
}

/** When a message with these headers is due next; undefined when they do not say, or nothing that can be read. */
export function readSchedule(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): DueTime | undefined {
  const text = headers['Nats-Schedule'];
  if (text === undefined) return undefined;
  if (text.startsWith('@at ')) {
    const dueMs = Date.parse(text.slice('@at '.length));
    return Number.isNaN(dueMs) ? undefined : { dueMs, repeats: false };
  }
  const every = /^@every (\d+)s$/.exec(text);
  if (every !== null) {
    const dueMs = Math.round(nowMs / 1_000) * 1_000 + Number(every[1]) * 1_000;
    return { dueMs, repeats: true };
  }
  if (!text.startsWith('0 ')) return undefined;
  const cron = parseCron(text.slice('0 '.length));
  if (cron === undefined) return undefined;
  const dueMs = nextTick(cron, headers['Nats-Schedule-Time-Zone'] ?? 'UTC', nowMs);
  return dueMs === undefined ? undefined : { dueMs, repeats: true };
}

/** Why a stream refuses a message that says when it is due; undefined when it takes it. */
export function scheduleProblem(
  { subject, headers }: Pick<EncodedMessage, 'subject' | 'headers'>,
  { schedules }: Pick<StreamSettings, 'schedules'>,
  covers: (subject: string) => boolean,
): string | undefined {
  if (headers['Nats-Schedule'] === undefined) return undefined;
  if (!schedules) return 'message schedules is disabled';
  if (readSchedule(headers, 0) === undefined) return 'message schedules pattern is invalid';
  const target = headers['Nats-Schedule-Target'] ?? '';
  return target === '' || target === subject || !covers(target)
    ? 'message schedules target is invalid'
    : undefined;
}

/** What is stored when a message is due. */
export function firedMessage(
  { subject, headers, payload }: StoredMessage,
  next: DueTime | undefined,
): EncodedMessage {
  const fired: Record<string, string> = {};
  for (const name in headers) if (!DROPPED.test(name)) fired[name] = headers[name] as string;
  fired['Nats-Scheduler'] = subject;
  fired['Nats-Schedule-Next'] = next?.repeats ? new Date(next.dueMs).toISOString() : 'purge';
  const ttl = headers['Nats-Schedule-TTL'];
  if (ttl !== undefined) fired['Nats-TTL'] = ttl;
  return { id: '', subject: headers['Nats-Schedule-Target'] as string, headers: fired, payload };
}

const DROPPED = /^Nats-(?:Schedule.*|Expected-.*|Msg-Id|TTL|Rollup)$/;
