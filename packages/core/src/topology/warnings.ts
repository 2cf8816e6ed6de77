/** What a topology allows and its owner should know: where messages may be dropped or kept from view. Pure. */
import { TICKS } from '../schedule/timetable.ts';
import type { PlanWarning } from './change.ts';
import type { Live } from './plan.ts';
import { GUARD } from './schedule-guard.ts';
import type { Fields } from './stream-config.ts';
import { consumerKey, type Wanted, type WantedStream } from './wanted.ts';

/** Every warning on a topology, given what the server has. */
export function warningsOf(wanted: Wanted, live: Live): PlanWarning[] {
  const readers = (name: string) =>
    wanted.consumers.filter(({ stream, worker }) => stream === name && worker !== undefined).length;
  return [
    ...wanted.streams.flatMap((stream) => {
      const config = (live.streams.get(stream.name)?.config ?? stream.config) as unknown as Fields;
      const guards = Number(live.consumers.has(consumerKey(stream.name, GUARD)));
      const present = (live.streams.get(stream.name)?.state.consumer_count ?? 0) - guards;
      return [
        ...unheard(stream, config, Math.max(present, readers(stream.name))),
        // Of ticks that nobody took only the latest counts.
        ...(readers(stream.name) > 0 && stream.name !== TICKS ? mayDropUnread(stream) : []),
      ];
    }),
    ...[...new Set(wanted.consumers.map(({ worker }) => worker))]
      .flatMap((worker) => worker ?? [])
      .filter(({ deadLetter }) => deadLetter === false)
      .map(({ name }) => noDeadLetters(name)),
  ];
}

function unheard({ name }: WantedStream, config: Fields, consumers: number): PlanWarning[] {
  if (config.retention !== 'interest' || consumers > 0) return [];
  return [
    {
      kind: 'stream',
      name,
      what: "it has retention 'interest' and no consumer: what is published is acknowledged and not stored",
      advice: "start a worker on it before publishing, or use retention 'limits'",
    },
  ];
}

function mayDropUnread({ name, config, managed }: WantedStream): PlanWarning[] {
  if (!managed) return [];
  const limits = [
    ...(Number(config.max_age ?? 0) > 0 ? ['maxAge'] : []),
    ...(config.discard === 'new'
      ? []
      : SIZE_LIMITS.filter(([field]) => Number(config[field] ?? -1) > 0).map(
          ([, option]) => option,
        )),
  ];
  if (limits.length === 0) return [];
  return [
    {
      kind: 'stream',
      name,
      what: `${limits.join(' and ')} may drop messages that a slow or stopped worker has not read`,
      advice:
        "watch the lag of its workers; discard: 'new' refuses new messages at a size limit instead of dropping old ones",
    },
  ];
}

const SIZE_LIMITS = [
  ['max_bytes', 'maxBytes'],
  ['max_msgs', 'maxMsgs'],
  ['max_msgs_per_subject', 'maxMsgsPerSubject'],
] as const;

function noDeadLetters(name: string): PlanWarning {
  return {
    kind: 'consumer',
    name,
    what: 'it keeps no dead letters (deadLetter: false): what it gives up on is gone',
    advice: 'leave deadLetter out to keep them in DLQ',
  };
}
