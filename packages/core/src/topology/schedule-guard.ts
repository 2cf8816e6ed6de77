/**
 * Which streams can keep messages for later, and the consumer that an interest stream needs for it. Seen on nats-server
 * 2.15. Pure.
 */
import { patternCovers, patternsOverlap } from '@jetlane/contracts';
import { ownSubjects } from '../dead-letters/subjects.ts';
import { scheduleFilter } from '../schedule/schedule-subjects.ts';
import type { Fields } from './stream-config.ts';

/**
 * The durable that keeps what waits in an interest stream, which would otherwise store nothing that no consumer takes.
 * Nobody pulls from it: its lag is the number of waiting messages.
 */
export const GUARD = 'jl-schedule-guard';

/** Why a stream of this configuration cannot keep messages for later, in words; undefined when it can. */
export function scheduleObstacle(config: Fields): string | undefined {
  if (config.mirror !== undefined) return 'it is a mirror';
  if (config.sources !== undefined) return 'it has sources';
  if (config.discard === 'new') return "it refuses new messages at its limits (discard: 'new')";
  if (config.deny_purge === true) return 'nothing may be purged from it (denyPurge)';
  if (config.allow_msg_ttl === false) return 'it takes no message TTLs';
  if (config.allow_msg_counter === true) return 'it is a counter';
  if (config.retention === 'interest' && Number(config.max_consumers ?? -1) > 0)
    return "it has retention 'interest' and maxConsumers: the consumer that keeps them might not fit";
  const from = (config.subject_transform as Fields | undefined)?.src;
  if (typeof from === 'string' && patternsOverlap(from || '>', ownSubjects(String(config.name))))
    return 'its subjectTransform changes every subject';
  return undefined;
}

/** Why a stream that exists does not keep messages for later, in words; undefined when it does. */
export function schedulingProblem(name: string, config: Fields): string | undefined {
  const subjects = (config.subjects ?? []) as readonly string[];
  const obstacle = scheduleObstacle(config);
  if (obstacle !== undefined) return obstacle;
  if (config.allow_msg_schedules !== true)
    return 'it does not allow schedules: start it once with this version, or jetlane streams apply';
  if (!subjects.some((subject) => patternCovers(subject, scheduleFilter(name))))
    return `it does not store ${scheduleFilter(name)}`;
  return undefined;
}

/** The guard's configuration, for a stream that needs one. */
export function guardOf(config: Fields): Fields | undefined {
  if (config.retention !== 'interest' || config.allow_msg_schedules !== true) return undefined;
  return {
    durable_name: GUARD,
    description: 'Keeps messages that wait for their time; never pulled, its lag is what waits',
    ack_policy: 'explicit',
    deliver_policy: 'all',
    max_deliver: -1,
    // Nothing is delivered. Said nevertheless: what is left out takes a limit of its stream, whatever that is.
    max_ack_pending: 1,
    filter_subjects: [scheduleFilter(String(config.name))],
    metadata: { jetlane: '1', 'jetlane-role': 'schedule-guard' },
  };
}
