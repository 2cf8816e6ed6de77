/**
 * When a schedule ticks, as the server keeps it: one message in the stream `TICKS` that the server delivers again and
 * again, as a tick, to the durable of that schedule. Pure.
 */
import { type Duration, durationProblem, toMs, unknownOptions } from '@jetlane/contracts';
import { shown } from '../printed.ts';
import { cronProblems, timeZoneProblem } from './cron.ts';
import { tickSchedule } from './schedule-subjects.ts';

/** When a schedule ticks: by the calendar, or again and again. */
export type When =
  | { readonly cron: string; readonly timezone?: string }
  | { readonly every: Duration };

/** A timetable in the server's words. */
export interface Timetable {
  /** `0 30 6 * * *`, or `@every 60s`. */
  readonly pattern: string;
  /** Undefined: UTC. */
  readonly timeZone: string | undefined;
  /** The app that declares it; empty when it was started without one. */
  readonly app: string;
}

/** Everything that is wrong with a timetable, in words. */
export function whenProblems(when: unknown): string[] {
  const example = "{ cron: '0 6 * * *' } or { every: '5m' }";
  if (typeof when !== 'object' || when === null) return [`needs ${example}, not ${shown(when)}`];
  const { cron, timezone, every } = when as Record<string, unknown>;
  const problems = unknownOptions(when, ['cron', 'timezone', 'every']);
  if ((cron === undefined) === (every === undefined)) problems.push(`needs either ${example}`);
  if (cron !== undefined) problems.push(...cronProblems(cron));
  if (every !== undefined) problems.push(...everyProblems(every));
  const zone = timezone === undefined ? undefined : timeZoneProblem(timezone);
  if (zone !== undefined) problems.push(zone);
  if (timezone !== undefined && every !== undefined)
    problems.push("'timezone' goes with 'cron': an interval is the same everywhere");
  return problems;
}

/** A timetable that {@link whenProblems} finds nothing wrong with, in the server's words. */
export function toTimetable(when: When): Timetable {
  if ('every' in when)
    return { pattern: `@every ${toMs(when.every) / SECOND_MS}s`, timeZone: undefined, app: '' };
  const pattern = `0 ${when.cron.trim().split(/\s+/).join(' ')}`;
  return { pattern, timeZone: when.timezone, app: '' };
}

/** The moment that a tick stands for: the minute or second in which the server stored it, which it does at once. */
export function tickTime({ pattern }: Timetable, storedMs: number): Date {
  const stepMs = pattern.startsWith('@every') ? SECOND_MS : MINUTE_MS;
  return new Date(Math.floor(storedMs / stepMs) * stepMs);
}

/** The message that makes the server tick. It has no id: changing a timetable back must not count as a duplicate. */
export function toTimetableMessage(
  name: string,
  { pattern, timeZone, app }: Timetable,
): {
  readonly subject: string;
  readonly headers: Record<string, string>;
  readonly payload: Uint8Array;
} {
  const headers: Record<string, string> = {
    'Nats-Schedule': pattern,
    'Nats-Schedule-Target': tickSubject(name),
    'ce-type': TICK_TYPE,
    'ce-datacontenttype': 'application/json',
  };
  if (timeZone !== undefined) headers['Nats-Schedule-Time-Zone'] = timeZone;
  if (app !== '') headers[APP] = app;
  const payload = new TextEncoder().encode(JSON.stringify({ name }));
  return { subject: tickSchedule(TICKS, name), headers, payload };
}

/** The timetable that such a message holds. */
export function readTimetable(header: (name: string) => string | undefined): Timetable {
  return {
    pattern: header('Nats-Schedule') ?? '',
    timeZone: header('Nats-Schedule-Time-Zone') || undefined,
    app: header(APP) ?? '',
  };
}

/** A timetable in one line: `0 6 * * * Europe/Berlin`, `every 60s`. */
export function showTimetable({ pattern, timeZone = 'UTC' }: Timetable): string {
  if (pattern.startsWith('@every ')) return pattern.slice(1);
  return `${pattern.replace(/^0 /, '')} ${timeZone}`;
}

/** The stream that timetables stand in, and their ticks. */
export const TICKS = 'TICKS';
/** `ce-type` of a tick. */
export const TICK_TYPE = 'jetlane.Tick';

/** Where the ticks of a schedule arrive. */
export function tickSubject(name: string): string {
  return `_jl.tick.${name}`;
}

const APP = 'jl-app';
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

function everyProblems(every: unknown): string[] {
  const problem = durationProblem(every, 'every');
  if (problem !== undefined) return [problem];
  const ms = toMs(every as Duration);
  return ms % SECOND_MS === 0
    ? []
    : [`every must be whole seconds, which is what a server counts, not ${shown(every)}`];
}
