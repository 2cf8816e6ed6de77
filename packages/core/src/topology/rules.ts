/**
 * What nats-server allows for each field of what exists already. Seen on 2.15; a test repeats every line in both
 * directions. Fields without a rule change in place.
 */
import { patternCovers } from '@jetlane/contracts';
import type { StreamState } from '@nats-io/jetstream';
import type { Change, FieldChange } from './change.ts';
import { MOVE_KEY, WHOLE_STREAM } from './normal-form.ts';

/** What becomes of one difference. */
export interface Verdict {
  readonly action: Exclude<Change['action'], 'create' | 'delete'>;
  readonly destructive: boolean;
  readonly why: string;
  readonly advice?: string;
}

/** What a stream holds, as far as it decides whether a change drops something. */
export type Holding = Pick<StreamState, 'messages' | 'bytes' | 'first_ts'>;

/** What becomes of a stream for one field that differs. */
export function streamVerdict(change: FieldChange, state: Holding, nowMs: number): Verdict {
  const { field, from, to } = change;
  switch (field) {
    case 'storage':
    case 'persist_mode':
    case 'allow_msg_counter':
      return recreate(`${field} is settled when a stream is made`, state);
    case 'retention':
      return retentionVerdict(from, to, state);
    case 'mirror':
      return to === undefined
        ? inPlace('the mirror becomes a stream of its own, which cannot be undone', true)
        : recreate('what a stream mirrors is settled when it is made', state);
    case 'deny_delete':
    case 'deny_purge':
    case 'allow_msg_ttl':
      return switchVerdict(field, from === true);
    case 'allow_msg_schedules':
      return schedulesVerdict(from === true);
    case 'sealed':
      return to === true
        ? inPlace('a sealed stream stores nothing more', true)
        : inPlace('it stores again');
    case 'max_msgs':
    case 'max_bytes':
    case 'max_msgs_per_subject':
    case 'max_age':
      return limitVerdict(change, state, nowMs);
    case 'subjects':
      return subjectsVerdict(from, to);
    default:
      return inPlace(`${field} changes in place`);
  }
}

/** What becomes of a consumer for one field that differs. */
export function consumerVerdict(change: FieldChange, retention: string): Verdict {
  switch (change.field) {
    case 'filter_subjects':
      return filterVerdict(change, retention);
    case WHOLE_STREAM:
      return inPlace(
        change.to === true
          ? 'the server sends it the whole stream, which costs less, and what is not for it is skipped'
          : 'the server sends it no more than what it takes',
      );
    case MOVE_KEY:
      return inPlace('a move to other subjects was interrupted and is finished');
    case 'ack_policy':
      return {
        action: 'recreate',
        destructive: true,
        why: `when messages are acknowledged is settled when a consumer is made; ${KEEPS_POSITION}${change.to === 'none' ? '; from then on what fails is lost' : ''}`,
        advice:
          'first stop the processes that declare the other ackPolicy: they would not get on with the new consumer',
      };
    case 'replay_policy':
    case 'max_waiting':
    case 'mem_storage':
    case 'deliver_subject':
    case 'deliver_group':
      return {
        action: 'recreate',
        destructive: true,
        why: `${change.field} is settled when a consumer is made; ${KEEPS_POSITION}`,
      };
    default:
      return inPlace(`${change.field} changes in place`);
  }
}

/** The verdict on all of them: the gravest decides, and every reason that it has is told. */
export function gravest(verdicts: readonly Verdict[]): Verdict {
  const rank = (verdict: Verdict) =>
    ACTIONS.indexOf(verdict.action) * 2 + Number(verdict.destructive);
  const worst = Math.max(...verdicts.map(rank));
  const deciding = verdicts.filter((verdict) => rank(verdict) === worst);
  const advice = [...new Set(deciding.flatMap(({ advice }) => advice ?? []))].join('; ');
  return {
    action: ACTIONS[Math.floor(worst / 2)] ?? 'update',
    destructive: worst % 2 === 1,
    why: [...new Set(deciding.map(({ why }) => why))].join('; '),
    ...(advice === '' ? {} : { advice }),
  };
}

const ACTIONS = ['update', 'recreate', 'forbidden'] as const;
const KEEPS_POSITION =
  'it continues where it stood, and what was acknowledged out of order behind that is delivered again';

function inPlace(why: string, destructive = false): Verdict {
  return { action: 'update', destructive, why };
}

function recreate(why: string, state: Holding): Verdict {
  return {
    action: 'recreate',
    destructive: true,
    why: `${why}; a new one loses its ${state.messages} messages and the positions of all its consumers`,
    advice: 'to keep them, declare a new stream under another name with this one as a source',
  };
}

function retentionVerdict(from: unknown, to: unknown, state: Holding): Verdict {
  if (from === 'workqueue' || to === 'workqueue') {
    return recreate('retention changes to or from workqueue only when a stream is made', state);
  }
  return to === 'interest'
    ? inPlace('messages that no consumer waits for are dropped', state.messages > 0)
    : inPlace('messages stay until a limit instead of until all have acknowledged');
}

function switchVerdict(field: string, wasOn: boolean): Verdict {
  if (!wasOn) return inPlace(`${field} can never be taken back`);
  return {
    action: 'forbidden',
    destructive: false,
    why: `the server never takes ${field} back`,
    advice: 'leave it on in the declaration, or use a stream of another name',
  };
}

function schedulesVerdict(wasOn: boolean): Verdict {
  if (!wasOn) return inPlace('messages may wait in it for later; this can never be taken back');
  return {
    ...switchVerdict('allow_msg_schedules', wasOn),
    why: 'messages may wait in it for later, and the server never takes that back',
    advice:
      "discard: 'new', denyPurge, sources and a changed TTL exclude it: leave them as they were, or use a stream of another name",
  };
}

function limitVerdict({ field, from, to }: FieldChange, state: Holding, nowMs: number): Verdict {
  const limit = Number(to);
  const unlimited = limit <= 0;
  if (unlimited || (Number(from) > 0 && limit >= Number(from)))
    return inPlace(`${field} is raised`);
  const drops = {
    max_msgs: state.messages > limit,
    max_bytes: state.bytes > limit,
    max_msgs_per_subject: state.messages > limit,
    max_age: state.messages > 0 && nowMs - Date.parse(state.first_ts) > limit / 1_000_000,
  }[field];
  return drops === true
    ? inPlace(`${field} is lowered under what is stored: the oldest messages are dropped`, true)
    : inPlace(`${field} is lowered; nothing stored is over it`);
}

function subjectsVerdict(from: unknown, to: unknown): Verdict {
  const now = (to ?? []) as readonly string[];
  const gone = ((from ?? []) as readonly string[]).filter(
    (subject) => !now.some((other) => patternCovers(other, subject)),
  );
  return inPlace(
    gone.length === 0
      ? 'it stores more subjects from now on'
      : `${gone.join(', ')} is stored no more; what is there stays`,
  );
}

function filterVerdict({ from, to }: FieldChange, retention: string): Verdict {
  const before = (from ?? []) as readonly string[];
  const now = (to ?? []) as readonly string[];
  const narrower =
    now.length > 0 &&
    now.every(
      (filter) => before.length === 0 || before.some((other) => patternCovers(other, filter)),
    );
  if (narrower && retention === 'limits') return inPlace('it gets fewer subjects from now on');
  if (narrower && retention === 'workqueue') {
    return inPlace(
      'what waits on the subjects that it leaves stays there until another consumer takes it',
      true,
    );
  }
  if (narrower)
    return inPlace('what only it waited for on the subjects that it leaves is dropped', true);
  return {
    action: 'recreate',
    destructive: true,
    why: `a consumer that takes more subjects gets the older messages of them only when it is set back; ${KEEPS_POSITION}`,
    advice:
      'first stop the processes that do not handle the new subjects yet: they would bury them',
  };
}
