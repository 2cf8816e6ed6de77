/**
 * Creates and changes durables. A consumer that takes other subjects is not deleted: its filters change in place and then
 * the server sets it back to the first message that it has not settled, so that its position survives a crash at any
 * point. Only what the server cannot do that way is deleted and made anew, from a position that a second consumer keeps meanwhile.
 */
import { JetlaneError } from '@jetlane/contracts';
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Admin } from './admin.ts';
import { type Change, nameOf } from './change.ts';
import { type Answer, API_CODE, ask, refusal, unwrap } from './jetstream-api.ts';
import { consumerDifferences, MOVE_KEY, ownMetadata } from './normal-form.ts';
import type { Fields } from './stream-config.ts';

/** Creates, updates or replaces one durable, keeping its position. */
export async function changeConsumer(admin: Admin, change: Change): Promise<void> {
  const { stream = '', name } = change;
  const live = await read(admin, change);
  if (live === undefined) {
    const start = await keptStart(admin, stream, name);
    await put(admin, change, { ...change.config, ...start }, 'create');
    if (start !== undefined) await remove(admin, stream, keeperOf(name));
    return confirm(admin, change);
  }
  const left = consumerDifferences(live.config as unknown as Fields, change.config).map(
    ({ field }) => field,
  );
  const moves = change.action === 'recreate' && left.includes('filter_subjects');
  if (left.some((field) => REPLACED.has(field))) await replace(admin, change, live);
  else if (moves || left.includes(MOVE_KEY)) await move(admin, change, live);
  else if (left.length > 0) await put(admin, change, change.config, 'update');
  return confirm(admin, change);
}

const REPLACED: ReadonlySet<string> = new Set([
  'ack_policy',
  'replay_policy',
  'max_waiting',
  'mem_storage',
  'deliver_subject',
  'deliver_group',
]);
/** Durables of this prefix keep a position while another is replaced. */
export const KEEPER_PREFIX = 'jl-keep-';
const KEEPER_LIFE_NS = 3_600_000_000_000;
const CONFIRM_TIMEOUT_MS = 5_000;
const CONFIRM_PAUSE_MS = 50;

async function move(admin: Admin, change: Change, live: ConsumerInfo): Promise<void> {
  const { stream = '', name } = change;
  const pending = ownMove(live);
  const seq = pending ?? (await firstUnsettled(admin, stream, live));
  const metadata = { ...ownMetadata(change.config), [MOVE_KEY]: String(seq) };
  await put(admin, change, { ...change.config, metadata }, 'update');
  const reset = await ask(admin, `CONSUMER.RESET.${stream}.${name}`, { seq });
  if (!reset.ok) {
    if (reset.code !== API_CODE.resetNotAllowed)
      throw refusal(reset, `setting back ${nameOf(change)}`);
    return replace(admin, change, live, seq);
  }
  await put(admin, change, change.config, 'update');
}

/** The keeper has the new filters, so that an interest stream drops nothing while the durable is away. */
async function replace(
  admin: Admin,
  change: Change,
  live: ConsumerInfo,
  from?: number,
): Promise<void> {
  const { stream = '', name } = change;
  const retention = unwrap(await ask<StreamInfo>(admin, `STREAM.INFO.${stream}`), 'reading').config
    .retention;
  const start = startAt(retention, from ?? (await firstUnsettled(admin, stream, live)));
  if (retention !== 'workqueue') await keep(admin, change, start);
  await remove(admin, stream, name);
  await put(admin, change, { ...withoutStart(change.config), ...start }, 'create');
  if (retention !== 'workqueue') await remove(admin, stream, keeperOf(name));
}

/** On a workqueue what is settled is gone, so the first message of the stream is right and misses nothing. */
async function firstUnsettled(admin: Admin, stream: string, live: ConsumerInfo): Promise<number> {
  const info = unwrap(
    await ask<StreamInfo>(admin, `STREAM.INFO.${stream}`),
    `reading stream ${stream}`,
  );
  if (info.config.retention === 'workqueue') return Math.max(1, info.state.first_seq);
  return live.ack_floor.stream_seq + 1;
}

function startAt(retention: string, seq: number): Fields {
  return retention === 'workqueue'
    ? { deliver_policy: 'all' }
    : { deliver_policy: 'by_start_sequence', opt_start_seq: seq };
}

function withoutStart(config: Fields): Fields {
  const { deliver_policy: _policy, opt_start_seq: _seq, opt_start_time: _time, ...rest } = config;
  return rest;
}

function keeperOf(name: string): string {
  return `${KEEPER_PREFIX}${name}`;
}

async function keep(admin: Admin, change: Change, start: Fields): Promise<void> {
  const { stream = '', name, config } = change;
  const keeper = {
    durable_name: keeperOf(name),
    description: `keeps the position of ${name} while it is replaced`,
    ack_policy: 'explicit',
    filter_subject: config.filter_subject,
    filter_subjects: config.filter_subjects,
    inactive_threshold: KEEPER_LIFE_NS,
    metadata: ownMetadata(config),
    ...start,
  };
  const answer = await ask(admin, `CONSUMER.DURABLE.CREATE.${stream}.${keeperOf(name)}`, {
    stream_name: stream,
    config: keeper,
  });
  // An earlier, interrupted attempt left its own: that one knows the position.
  if (!answer.ok && answer.code !== API_CODE.consumerExists && answer.code !== NOT_UPDATABLE) {
    throw refusal(answer, `keeping the position of ${nameOf(change)}`);
  }
}

const NOT_UPDATABLE = 10_012;

async function keptStart(admin: Admin, stream: string, name: string): Promise<Fields | undefined> {
  const answer = await ask<ConsumerInfo>(admin, `CONSUMER.INFO.${stream}.${keeperOf(name)}`);
  if (!answer.ok) return undefined;
  const { deliver_policy, opt_start_seq } = answer.value.config;
  return { deliver_policy, opt_start_seq, opt_start_time: undefined };
}

function ownMove(live: ConsumerInfo): number | undefined {
  const seq = Number(live.config.metadata?.[MOVE_KEY]);
  return Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}

async function put(
  admin: Admin,
  change: Change,
  config: Fields,
  action: 'create' | 'update',
): Promise<void> {
  const { stream = '', name } = change;
  const body = { stream_name: stream, config, action };
  const answer = await ask(admin, `CONSUMER.DURABLE.CREATE.${stream}.${name}`, body);
  if (!answer.ok && answer.code !== API_CODE.consumerExists) {
    throw refusal(answer, `${action === 'create' ? 'creating' : 'changing'} ${nameOf(change)}`);
  }
}

async function remove(admin: Admin, stream: string, name: string): Promise<void> {
  const answer = await ask(admin, `CONSUMER.DELETE.${stream}.${name}`);
  if (!answer.ok && answer.code !== API_CODE.consumerNotFound) {
    throw refusal(answer, `deleting consumer ${name} of ${stream}`);
  }
}

async function read(
  admin: Admin,
  { stream = '', name }: Change,
): Promise<ConsumerInfo | undefined> {
  const answer: Answer<ConsumerInfo> = await ask(admin, `CONSUMER.INFO.${stream}.${name}`);
  if (answer.ok) return answer.value;
  if (answer.code === API_CODE.consumerNotFound) return undefined;
  throw refusal(answer, `reading consumer ${name} of ${stream}`);
}

/** See that the server has it: after a restart an answer may still show the old configuration. */
async function confirm(admin: Admin, change: Change): Promise<void> {
  const deadline = Date.now() + CONFIRM_TIMEOUT_MS;
  for (;;) {
    const live = await read(admin, change);
    const left =
      live === undefined
        ? undefined
        : consumerDifferences(live.config as unknown as Fields, change.config);
    if (left?.length === 0) return;
    if (Date.now() >= deadline) {
      const what =
        left === undefined
          ? 'is gone'
          : `still differs in ${left.map(({ field }) => field).join(', ')}`;
      throw new JetlaneError(
        'TOPOLOGY_CONFLICT',
        `${nameOf(change)} ${what} after the change: another process or tool changes it too; see that all deploy the same declaration`,
        { retryable: true },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, CONFIRM_PAUSE_MS));
  }
}
