/**
 * Subjects on which messages wait until they are due. One message waits on each: whoever writes there again
 * replaces it. Nobody reads them but the server, so no consumer may take them.
 */
import { createHash } from 'node:crypto';

/** Where a retry of one worker waits: `_jl.<STREAM>.sched.<durable>.<seq>.<attempt>`. */
export function retrySchedule(
  { stream, durable }: { readonly stream: string; readonly durable: string },
  { seq, attempt }: { readonly seq: number; readonly attempt: number },
): string {
  return `_jl.${stream}.sched.${durable}.${seq}.${attempt}`;
}

/** Where the delayed message with this id waits. An id may hold any character, so its digest stands for it. */
export function delaySchedule(stream: string, id: string): string {
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 32);
  return `_jl.${stream}.sched._delay.${digest}`;
}

/** Where a timetable stands. */
export function tickSchedule(stream: string, name: string): string {
  return `_jl.${stream}.sched._tick.${name}`;
}

/** All of them in one stream. */
export function scheduleFilter(stream: string): string {
  return `_jl.${stream}.sched.>`;
}

/** No worker may have this name: its replays would travel where messages wait. */
export const RESERVED_DURABLE = 'sched';
