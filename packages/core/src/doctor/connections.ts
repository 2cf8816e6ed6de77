import type { Admin } from '../topology/admin.ts';
import { type Finding, ok, warning } from './finding.ts';

/**
 * Connections of this account that ended badly within the last hour, as far as the servers may be asked, and the reconnects that a
 * client counted itself.
 */
export async function connectionFindings(
  admin: Admin,
  reconnects: number | undefined,
): Promise<Finding[]> {
  const closed = await closedConnections(admin);
  const since = Date.now() - LOOK_BACK_MS;
  const bad =
    closed?.filter(({ reason, stop }) => !FINE.has(reason) && Date.parse(stop) > since) ?? [];
  const reasons = new Map<string, number>();
  for (const { reason } of bad) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const found = [...reasons].map(([reason, count]) =>
    warning(
      'reconnects',
      `${count} connections ended with "${reason}" within the last hour`,
      CURES.get(wordOf(reason)) ?? CURE,
    ),
  );
  if (reconnects !== undefined && reconnects > 0)
    found.push(warning('reconnects', `this client reconnected ${reconnects} times`, CURE));
  if (found.length > 0) return found;
  return closed === undefined && reconnects === undefined
    ? [ok('reconnects', 'unknown: these credentials may not ask the servers for their connections')]
    : [ok('reconnects', 'no connection was lost within the last hour')];
}

interface Closed {
  readonly reason: string;
  readonly stop: string;
}

const LOOK_BACK_MS = 3_600_000;
const WAIT_MS = 2_000;
const CONNECTIONS_MAX = 1_024;
const STATE_CLOSED = 1;
const FINE: ReadonlySet<string> = new Set(['Client Closed', 'Duplicate Client ID', '']);
const CURE = 'look at the network and at the servers’ logs';
const CURES: ReadonlyMap<string, string> = new Map([
  [
    'Slow',
    'a process reads slower than it is sent: handle less in its event loop, or subscribe to less',
  ],
  ['Stale', 'a process or its network stood still for 20 s: look for blocked event loops'],
  ['Authentication', 'somebody connects with wrong credentials'],
  ['Server', 'a server was stopped: expected during an upgrade'],
]);

function wordOf(reason: string): string {
  return reason.split(' ')[0] ?? '';
}

/** Every server answers for itself; undefined when none does. */
async function closedConnections({ nc }: Admin): Promise<Closed[] | undefined> {
  const body = JSON.stringify({ state: STATE_CLOSED, limit: CONNECTIONS_MAX });
  const all: Closed[] = [];
  let answered = false;
  try {
    const replies = await nc.requestMany('$SYS.REQ.ACCOUNT.PING.CONNZ', body, {
      strategy: 'stall',
      maxWait: WAIT_MS,
    });
    for await (const reply of replies) {
      const { data } = reply.json<{ data?: { connections?: Closed[] | null } }>();
      if (data === undefined) continue;
      answered = true;
      all.push(...(data.connections ?? []));
    }
  } catch {
    // Not permitted, or nobody answers: then nothing is known.
  }
  return answered ? all : undefined;
}
