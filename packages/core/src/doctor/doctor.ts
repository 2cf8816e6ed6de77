import { isJetlaneError } from '@jetlane/contracts';
import type { Topology } from '../bus.ts';
import type { Admin } from '../topology/admin.ts';
import { toLine } from '../topology/change.ts';
import { plan } from '../topology/plan.ts';
import { connectionFindings } from './connections.ts';
import { consumerFindings } from './consumers.ts';
import { type Finding, failure, ok, warning } from './finding.ts';
import { serverFindings } from './server.ts';
import { listStreams, streamFindings } from './streams.ts';
import { deadLetterFindings } from './waiting-letters.ts';

/** What the doctor may be told beside what it can see. */
export interface DoctorOptions {
  /** Reconnects that a client counted on its `jetlane:reconnect` channel. Default: only what servers tell. */
  readonly reconnects?: number;
  /** Messages not delivered yet from which on a consumer lags. Default 10,000. */
  readonly lagMax?: number;
}

/**
 * What is wrong with this deployment, and how to mend it: the server, the difference from `topology` when one is given, every
 * stream and consumer of the account, waiting dead letters, and lost connections. Looks only. Each check that finds nothing says
 * so. Never rejects: what cannot be looked at is a finding.
 *
 * @example
 * for (const { level, what, fix } of await doctor(connection)) console.log(level, what, fix);
 */
export async function doctor(
  admin: Admin,
  topology?: Topology,
  options: DoctorOptions = {},
): Promise<Finding[]> {
  const server = await attempt('reachable', () => serverFindings(admin));
  const unusable = server.some(({ level, check }) => level === 'error' && NEEDED.has(check));
  if (unusable) return server;
  const groups = await Promise.all([
    topology === undefined ? [] : attempt('drift', () => driftFindings(admin, topology)),
    attempt('streams', () => storeFindings(admin, options.lagMax ?? LAG_MAX)),
    attempt('reconnects', () => connectionFindings(admin, options.reconnects)),
  ]);
  return [...server, ...groups.flat()];
}

/** A finding for what kept a client from connecting at all, such as the error of `connect`. */
export function toFinding(error: unknown, check?: string): Finding {
  const words = error instanceof Error ? error.message : String(error);
  const [known, fix] = (isJetlaneError(error) ? CURES[error.code] : undefined) ?? [
    'unexpected',
    NO_CURE,
  ];
  return failure(check ?? known, words, fix);
}

const LAG_MAX = 10_000;
const NEEDED: ReadonlySet<string> = new Set(['reachable', 'jetstream']);
const NO_CURE =
  'run it again with NATS_URL set to the right server; if it stays, report it with these words';
const CURES: Readonly<Record<string, readonly [string, string]>> = {
  CONNECTION_LOST: [
    'reachable',
    "start a server with 'jetlane server', or give the address of another, for instance in NATS_URL",
  ],
  JETSTREAM_UNAVAILABLE: [
    'jetstream',
    'start nats-server with -js, and enable JetStream for this account',
  ],
  SERVER_UNSUPPORTED: ['version', 'upgrade nats-server'],
  PERMISSION_DENIED: ['permission', 'use credentials that may use the JetStream API ($JS.API.>)'],
};

async function attempt(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [toFinding(error, check)];
  }
}

async function driftFindings(admin: Admin, topology: Topology): Promise<Finding[]> {
  const { changes, warnings } = await plan(admin, topology);
  const drift = changes.map((change) => {
    const hard = change.action === 'forbidden' || change.destructive;
    const fix = change.advice ?? `jetlane streams apply APP${hard ? ' --allow-destructive' : ''}`;
    return (hard ? failure : warning)('drift', toLine(change), fix);
  });
  const notes = warnings.map(({ kind, name, what, advice }) =>
    warning('declaration', `${kind} ${name}: ${what}`, advice),
  );
  return [
    ...(drift.length > 0 ? drift : [ok('drift', 'the server has what is declared')]),
    ...notes,
  ];
}

async function storeFindings(admin: Admin, lagMax: number): Promise<Finding[]> {
  const streams = await listStreams(admin);
  const groups = await Promise.all([
    streamFindings(streams),
    attempt('consumers', () => consumerFindings(admin, streams, lagMax)),
    attempt('dead-letters', () => deadLetterFindings(admin, streams)),
  ]);
  return groups.flat();
}
