/** Makes a server match a plan. Every step may be repeated, and two processes may do the same at once. */
import { JetlaneError } from '@jetlane/contracts';
import type { StreamInfo } from '@nats-io/jetstream';
import type { Admin } from './admin.ts';
import { type Change, nameOf, type Plan, toLine } from './change.ts';
import { API_CODE, ask, refusal, serversAreUnheard, unwrap } from './jetstream-api.ts';
import { changeConsumer } from './move-consumer.ts';
import { streamDifferences } from './normal-form.ts';
import type { Fields } from './stream-config.ts';
import { changeTimetable } from './timetables.ts';

/** What `apply` did. */
export interface Applied {
  /** In the order in which it happened. */
  readonly changes: readonly Change[];
}

/** How to apply a plan. */
export interface ApplyOptions {
  /** Also do what drops messages, delivers some again or cannot be undone. Default false. */
  readonly allowDestructive?: boolean;
}

/**
 * Does what a plan says: dead letter streams and streams before consumers, changes before new streams, timetables last. Changes nothing at
 * all when the plan holds something forbidden, or something destructive without `allowDestructive`. Each change is read back, so
 * that when this resolves the server has it.
 *
 * @throws JetlaneError `TOPOLOGY_CONFLICT`, saying what differs; `SERVER_UNSUPPORTED` when the server ignores an option;
 *   `CONFIG_INVALID` when it refuses one; `JETSTREAM_UNAVAILABLE`, `CONNECTION_LOST`, `PERMISSION_DENIED`
 * @example
 * await apply(admin, await plan(admin, topology), { allowDestructive: true });
 */
export async function apply(
  admin: Admin,
  { changes }: Plan,
  { allowDestructive = false }: ApplyOptions = {},
): Promise<Applied> {
  assertAllowed(changes, allowDestructive);
  const streams = changes
    .filter(({ kind }) => kind === 'stream')
    .sort((a, b) => orderOf(a) - orderOf(b));
  const consumers = changes
    .filter(({ kind }) => kind === 'consumer')
    .sort((a, b) => orderOf(a) - orderOf(b));
  // One after another: one stream may give up a subject that the next one takes.
  for (const change of streams) await changeStream(admin, change);
  for (const order of [0, 1, 2]) {
    const group = consumers.filter((change) => orderOf(change) === order);
    await Promise.all(group.map((change) => changeConsumer(admin, change)));
  }
  const schedules = changes.filter(({ kind }) => kind === 'schedule');
  await Promise.all(schedules.map((change) => changeTimetable(admin, change)));
  return { changes: [...streams, ...consumers, ...schedules] };
}

/** Throws `TOPOLOGY_CONFLICT` unless all of this may be done. */
export function assertAllowed(changes: readonly Change[], allowDestructive: boolean): void {
  const refused = changes.filter(
    ({ action, destructive }) => action === 'forbidden' || (destructive && !allowDestructive),
  );
  if (refused.length === 0) return;
  const lines = refused.map(
    (change) =>
      `\n  - ${toLine(change)}${change.advice === undefined ? '' : ` (${change.advice})`}`,
  );
  const curable = refused.every(({ action }) => action !== 'forbidden');
  const cure = curable
    ? '\nNothing was changed. To do it all the same: jetlane streams apply APP --allow-destructive'
    : '\nNothing was changed.';
  throw new JetlaneError(
    'TOPOLOGY_CONFLICT',
    `the server differs from the declaration in ${refused.length === 1 ? '1 part' : `${refused.length} parts`} that cannot simply change:${lines.join('')}${cure}`,
  );
}

/** Updates may free subjects; mirrors and sources want their origin first. */
function orderOf({ action, config }: Change): number {
  if (action === 'update') return 0;
  if (action === 'recreate') return 1;
  return config.mirror !== undefined || config.sources !== undefined ? 3 : 2;
}

async function changeStream(admin: Admin, change: Change): Promise<void> {
  if (change.action === 'recreate') await removeStream(admin, change);
  await send(admin, change);
  await confirm(admin, change);
}

async function send(admin: Admin, change: Change): Promise<void> {
  const verb = change.action === 'update' ? 'UPDATE' : 'CREATE';
  const begun = new Map<number, number>();
  for (;;) {
    const answer = await ask<StreamInfo>(admin, `STREAM.${verb}.${change.name}`, change.config);
    // Somebody else was first: fine when it is the same, which is looked at next.
    if (answer.ok || answer.code === API_CODE.streamExists) return;
    // One reason may follow another, each with a time of its own.
    const firstMs = begun.get(answer.code) ?? Date.now();
    begun.set(answer.code, firstMs);
    if (Date.now() - firstMs >= passingMs(answer)) throw refusal(answer, doing(change));
    await new Promise((resolve) => setTimeout(resolve, CONFIRM_PAUSE_MS));
  }
}

/** How long a refusal may still pass by itself; 0 when it never does. */
function passingMs(answer: { readonly code: number; readonly words: string }): number {
  if (serversAreUnheard(answer)) return PEERS_TIMEOUT_MS;
  return PASSING.has(answer.code) ? CONFIRM_TIMEOUT_MS : 0;
}

/** Only what still differs: another process may have replaced it already. */
async function removeStream(admin: Admin, change: Change): Promise<void> {
  const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${change.name}`);
  if (!answer.ok) {
    if (answer.code === API_CODE.streamNotFound) return;
    throw refusal(answer, `reading ${nameOf(change)}`);
  }
  const left = streamDifferences(answer.value.config as unknown as Fields, change.config);
  if (left.length === 0) return;
  const removed = await ask(admin, `STREAM.DELETE.${change.name}`);
  if (!removed.ok && removed.code !== API_CODE.streamNotFound)
    throw refusal(removed, `deleting ${nameOf(change)}`);
}

/** After a restart of the server an answer may still show the old configuration; what counts is what it says next. */
async function confirm(admin: Admin, change: Change): Promise<void> {
  const deadline = Date.now() + CONFIRM_TIMEOUT_MS;
  for (;;) {
    const answer = await ask<StreamInfo>(admin, `STREAM.INFO.${change.name}`);
    if (!answer.ok && answer.code === API_CODE.streamNotFound && change.action !== 'update') {
      // Another process that replaces it too took ours for the old one.
      if (Date.now() >= deadline) throw changedMeanwhile(change, ['everything']);
      await send(admin, change);
      continue;
    }
    const live = unwrap(answer, doing(change)).config as unknown as Fields;
    const left = streamDifferences(live, change.config);
    if (left.length === 0) return;
    const ignored = left.filter(({ field, to }) => field.startsWith('allow_') && to === true);
    if (Date.now() >= deadline || ignored.length === left.length) {
      throw ignored.length > 0
        ? unsupported(
            admin,
            change,
            ignored.map(({ field }) => field),
          )
        : changedMeanwhile(
            change,
            left.map(({ field }) => field),
          );
    }
    await new Promise((resolve) => setTimeout(resolve, CONFIRM_PAUSE_MS));
  }
}

const CONFIRM_TIMEOUT_MS = 5_000;
const CONFIRM_PAUSE_MS = 50;
/** A server of a cluster tells the others of itself every 10 s (nats-server, `statsHBInterval`). */
const PEERS_TIMEOUT_MS = 15_000;
/** The store of a stream just deleted is still being removed; the cluster has no leader at the moment. */
const PASSING: ReadonlySet<number> = new Set([10_049, 10_008]);

function doing(change: Change): string {
  return `${change.action === 'update' ? 'changing' : 'creating'} ${nameOf(change)}`;
}

function unsupported(admin: Admin, change: Change, fields: readonly string[]): JetlaneError {
  const version = admin.nc.info?.version ?? 'of an unknown version';
  return new JetlaneError(
    'SERVER_UNSUPPORTED',
    `nats-server ${version} ignored ${fields.join(', ')} on ${nameOf(change)}: Jetlane needs nats-server 2.14 or later`,
  );
}

function changedMeanwhile(change: Change, fields: readonly string[]): JetlaneError {
  return new JetlaneError(
    'TOPOLOGY_CONFLICT',
    `${nameOf(change)} still differs in ${fields.join(', ')} after the change: another process or tool changes it too; see that all deploy the same declaration`,
    { retryable: true },
  );
}
