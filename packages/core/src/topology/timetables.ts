/** Timetables against what a server has: each is one message in the stream TICKS. */
import { JetlaneError } from '@jetlane/contracts';
import { jetstream, type StreamInfo } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import type { Topology } from '../bus.ts';
import { tickSchedule } from '../schedule/schedule-subjects.ts';
import {
  readTimetable,
  showTimetable,
  TICKS,
  type Timetable,
  tickSubject,
  toTimetableMessage,
} from '../schedule/timetable.ts';
import type { Admin } from './admin.ts';
import type { Change } from './change.ts';
import { API_CODE, ask, refusal, unwrap } from './jetstream-api.ts';

/** A timetable and the schedule that it belongs to. */
export interface NamedTimetable {
  readonly name: string;
  readonly timetable: Timetable;
}

/** What a topology wants to tick. */
export function wantedTimetables({ workers }: Pick<Topology, 'workers'>): NamedTimetable[] {
  return workers.flatMap(({ name, timetable }) =>
    timetable === undefined ? [] : [{ name, timetable }],
  );
}

/**
 * What has to happen to the timetables of a topology, and to those that its app left behind.
 *
 * @throws JetlaneError `JETSTREAM_UNAVAILABLE`, `CONNECTION_LOST`, `PERMISSION_DENIED`
 */
export async function timetableChanges(admin: Admin, topology: Topology): Promise<Change[]> {
  const wanted = wantedTimetables(topology);
  const { app } = topology;
  if (wanted.length === 0 && app === undefined) return [];
  const names = new Set(wanted.map(({ name }) => name));
  const present = await presentNames(admin);
  const live = new Map<string, Timetable>();
  for (const name of present) {
    const timetable = await read(admin, name);
    if (timetable !== undefined) live.set(name, timetable);
  }
  return [
    ...wanted.flatMap((one) => timetableChange(one, live.get(one.name)) ?? []),
    ...[...live]
      .filter(([name, timetable]) => !names.has(name) && timetable.app === app)
      .map(([name, timetable]) => leftBehind(name, timetable)),
  ];
}

/** The change that one timetable needs; undefined when it stands as declared. */
export function timetableChange(
  { name, timetable }: NamedTimetable,
  live: Timetable | undefined,
): Change | undefined {
  const part = { kind: 'schedule', name, destructive: false } as const;
  const to = showTimetable(timetable);
  // Started without its app it stays that app's.
  const app = timetable.app || (live?.app ?? '');
  const config = { ...timetable, app };
  if (live === undefined) {
    const fields = [{ field: 'timetable', from: undefined, to }];
    return { ...part, action: 'create', fields, why: 'it does not tick yet', config };
  }
  const from = showTimetable(live);
  const fields = [
    ...(from === to ? [] : [{ field: 'timetable', from, to }]),
    ...(live.app === app ? [] : [{ field: 'app', from: live.app || undefined, to: app }]),
  ];
  if (fields.length === 0) return undefined;
  if (live.app !== '' && live.app !== app)
    return {
      ...part,
      action: 'forbidden',
      fields,
      why: `a schedule of this name belongs to app ${live.app}`,
      advice: 'give it another name',
      config: {},
    };
  return { ...part, action: 'update', fields, why: 'it ticks by the new timetable then', config };
}

/** Puts a timetable where the server goes by it, or takes one away with its durable and its last tick. */
export async function changeTimetable(admin: Admin, change: Change): Promise<void> {
  const { name, action, config } = change;
  if (action === 'delete') return remove(admin, name);
  const message = toTimetableMessage(name, config as unknown as Timetable);
  const headers = makeHeaders();
  for (const [key, value] of Object.entries(message.headers)) headers.set(key, value);
  try {
    await jetstream(admin.nc, admin.jsm.getOptions()).publish(message.subject, message.payload, {
      headers,
      expect: { streamName: TICKS },
      retries: TRIES_MAX,
    });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new JetlaneError(
      'CONFIG_INVALID',
      `the timetable of schedule ${name} was refused: ${words}`,
      {
        cause,
      },
    );
  }
}

const TRIES_MAX = 3;

function leftBehind(name: string, timetable: Timetable): Change {
  return {
    kind: 'schedule',
    name,
    action: 'delete',
    fields: [{ field: 'timetable', from: showTimetable(timetable), to: undefined }],
    destructive: false,
    why: `app ${timetable.app} declares it no longer, and it goes on ticking`,
    config: {},
  };
}

async function presentNames(admin: Admin): Promise<string[]> {
  const prefix = tickSchedule(TICKS, '');
  const body = { subjects_filter: `${prefix}>` };
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${TICKS}`, body);
  if (!answer.ok && answer.code === API_CODE.streamNotFound) return [];
  const { subjects = {} } = unwrap(answer, `reading stream ${TICKS}`).state;
  return Object.keys(subjects).map((subject) => subject.slice(prefix.length));
}

async function read(admin: Admin, name: string): Promise<Timetable | undefined> {
  const subject = tickSchedule(TICKS, name);
  const message = await admin.jsm.streams.getMessage(TICKS, { last_by_subj: subject });
  return message === null ? undefined : readTimetable((header) => message.header.get(header));
}

async function remove(admin: Admin, name: string): Promise<void> {
  for (const filter of [tickSchedule(TICKS, name), tickSubject(name)]) {
    const answer = await ask(admin, `STREAM.PURGE.${TICKS}`, { filter });
    if (!answer.ok && answer.code !== API_CODE.streamNotFound)
      throw refusal(answer, `removing schedule ${name}`);
  }
  const answer = await ask(admin, `CONSUMER.DELETE.${TICKS}.${name}`);
  if (!answer.ok && !GONE.has(answer.code)) throw refusal(answer, `removing schedule ${name}`);
}

const GONE: ReadonlySet<number> = new Set([API_CODE.consumerNotFound, API_CODE.streamNotFound]);
