import type { JetStreamAccountStats } from '@nats-io/jetstream';
import { SERVER_VERSION_MIN } from '../nats/connection.ts';
import type { Admin } from '../topology/admin.ts';
import { ask, refusal } from '../topology/jetstream-api.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

/** Reachable, new enough, with JetStream that has room. */
export async function serverFindings(admin: Admin): Promise<Finding[]> {
  const { nc } = admin;
  const rttMs = await nc.rtt();
  const version = nc.info?.version ?? '';
  const reachable = ok('reachable', `nats-server at ${nc.getServer()} answers in ${rttMs} ms`);
  return [reachable, versionFinding(version), ...(await jetStreamFindings(admin))];
}

function versionFinding(version: string): Finding {
  if (isAtLeast(version, SERVER_VERSION_MIN)) return ok('version', `nats-server ${version}`);
  return failure(
    'version',
    `nats-server ${version || 'of an unknown version'} is too old: it ignores options silently`,
    `upgrade to ${SERVER_VERSION_MIN} or later`,
  );
}

function isAtLeast(version: string, wanted: string): boolean {
  const have = version.split(/[.-]/).map(Number);
  for (const [i, need] of wanted.split('.').map(Number).entries()) {
    const part = have[i] ?? 0;
    if (part !== need) return part > need;
  }
  return true;
}

async function jetStreamFindings(admin: Admin): Promise<Finding[]> {
  const answer = await ask<JetStreamAccountStats>(admin, 'INFO');
  if (!answer.ok) {
    const { message } = refusal(answer, 'asking for JetStream');
    return [
      failure(
        'jetstream',
        message,
        'start nats-server with -js, and enable JetStream for this account',
      ),
    ];
  }
  const { limits, streams, consumers } = answer.value;
  const full = FILLING.flatMap(([used, limit, reserved]) => {
    const max = limits[limit];
    const taken = Math.max(answer.value[used], answer.value[reserved] ?? 0);
    if (!(max > 0) || taken < max * NEARLY_FULL) return [];
    return warning(
      'jetstream',
      `${used} is ${Math.round((taken / max) * 100)} % full: ${taken} of ${max} bytes`,
      'give the account more room, or the streams lower limits: a full store refuses every publish',
    );
  });
  return full.length > 0 ? full : [ok('jetstream', `${streams} streams, ${consumers} consumers`)];
}

const NEARLY_FULL = 0.9;
const FILLING = [
  ['memory', 'max_memory', 'reserved_memory'],
  ['storage', 'max_storage', 'reserved_storage'],
] as const;
