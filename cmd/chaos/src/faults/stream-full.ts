/**
 * Publishing into servers that cannot take it: a stream at its limit, servers that are gone, messages that are too large. A crowd
 * of publishes is begun at once, none waiting for the one before: each must end, in time, with an ack or a typed error, and
 * the memory of its process stays bounded.
 */
import { type Connection, connect } from '@jetlane/core';
import { LedgerReader } from '@jetlane/testing';
import type { CrowdOptions, CrowdReport } from '../actors/crowd.ts';
import { compare, readStored } from '../audit.ts';
import type { Broker } from '../broker.ts';
import { fault } from '../fault.ts';
import { chaosStream, Happened } from '../happened.ts';
import { NOTHING_HANDLED } from '../publishing.ts';
import type { Stage } from '../stage.ts';

const GROWTH_MAX_BYTES = 50_000_000;
/** A quarter over the server's own limit. */
const LARGE_BYTES = 1.25 * 2 ** 20;
const BACK_MS = 60_000;

/** See the head of this file. */
export const streamFull = fault({
  name: 'stream-full',
  does: 'fill the stream, take the servers away, and publish what is too large',
  expects:
    'every publish ends in time, with an ack or a typed error; memory grows by less than 50 MB',
  nodes: [1, 3],
  settings: {
    small: {
      publishes: 5_000,
      room: 1_000,
      large: 100,
      payloadBytes: 200,
      publishTimeoutMs: 2_000,
      burst: 100,
      largeBurst: 8,
    },
    full: {
      publishes: 100_000,
      room: 20_000,
      large: 2_000,
      payloadBytes: 200,
      publishTimeoutMs: 10_000,
      burst: 200,
      largeBurst: 8,
    },
  },
  limitMs: { small: 180_000, full: 600_000 },
  async run(stage, settings) {
    const { publishes, room, large, payloadBytes, publishTimeoutMs, burst, largeBurst } = settings;
    const broker = await stage.broker();
    const connection = await stage.connection(broker);
    const client = await connect({ servers: broker.urls });
    stage.defer(() => client.close({ timeout: '1s' }));
    await client.start(chaosStream(broker.replicas, { discard: 'new', maxMsgs: room }));
    const common = { urls: broker.urls, publishTimeoutMs };
    const crowds: Crowd[] = [];
    const crowd = async (
      prefix: string,
      options: Pick<CrowdOptions, 'count' | 'payloadBytes' | 'burst'>,
      during = async () => {},
    ) => {
      const ledger = stage.file(`${prefix}.jsonl`);
      const found = await runCrowd(stage, { ...common, ...options, prefix, ledger }, during);
      crowds.push({ ...found, prefix });
      stage.say(
        `${prefix}: ${found.report.acked} acknowledged, refused ${JSON.stringify(found.report.refused)}`,
      );
    };
    await crowd('full', { count: publishes, payloadBytes, burst });
    await crowd('too-large', { count: large, payloadBytes: LARGE_BYTES, burst: largeBurst });
    await makeRoom(connection, publishes);
    await crowd('gone', { count: publishes, payloadBytes, burst }, async () => {
      await Promise.all(broker.servers.map((server) => server.kill()));
    });
    const recoveredMs = await bringBack(stage, broker, client);
    return judge(crowds, { recoveredMs, stored: await readStored(connection, 'CHAOS'), room });
  },
});

interface Crowd {
  readonly prefix: string;
  readonly report: CrowdReport;
  readonly acked: readonly string[];
}

async function runCrowd(
  stage: Stage,
  options: CrowdOptions,
  during: () => Promise<void>,
): Promise<Omit<Crowd, 'prefix'>> {
  const actor = await stage.actor(new URL('../actors/crowd.js', import.meta.url), options);
  await during();
  actor.begin();
  const report = (await actor.report) as CrowdReport;
  const acked: string[] = [];
  using reader = new LedgerReader(options.ledger, ({ event, id }) => {
    if (event === 'acked') acked.push(id);
  });
  reader.read();
  return { report, acked };
}

/** Raises the limit, so that nothing but the servers' absence stands in the way. */
async function makeRoom(connection: Connection, publishes: number): Promise<void> {
  const { config } = await connection.jsm.streams.info('CHAOS');
  await connection.jsm.streams.update('CHAOS', { ...config, max_msgs: 10 * publishes });
}

/** Starts the servers again; resolves with how long it took from then until something was acknowledged. */
async function bringBack(
  stage: Stage,
  broker: Broker,
  client: Awaited<ReturnType<typeof connect>>,
): Promise<number> {
  await Promise.all(broker.servers.map((server) => server.restart()));
  const healedMs = performance.now();
  await broker.ready();
  await stage.until(
    () =>
      client.publish(Happened({ key: 'back', number: 0, filler: '' })).then(
        () => true,
        () => false,
      ),
    BACK_MS,
    'a publish to succeed again',
  );
  return Math.round(performance.now() - healedMs);
}

function judge(
  crowds: readonly Crowd[],
  {
    recoveredMs,
    stored,
    room,
  }: { recoveredMs: number; stored: ReadonlyMap<string, number>; room: number },
) {
  const acked = crowds.flatMap((crowd) => crowd.acked);
  const { lost, twice } = compare(acked, stored);
  const sum = (of: (report: CrowdReport) => number) =>
    crowds.reduce((all, { report }) => all + of(report), 0);
  const refused = (prefix: string, codes: readonly string[]) => {
    const report = crowds.find((crowd) => crowd.prefix === prefix)?.report;
    return codes.reduce((all, code) => all + (report?.refused[code] ?? 0), 0);
  };
  const growthBytes = Math.max(...crowds.map(({ report }) => report.growthBytes));
  const inTheOutage = refused('gone', ['PUBLISH_TIMEOUT', 'OVERLOADED', 'CONNECTION_LOST']);
  const full = refused('full', ['STREAM_FULL']);
  const tooLarge = refused('too-large', ['MESSAGE_TOO_LARGE']);
  const untyped = sum((report) => report.untyped);
  return {
    acked: acked.length,
    lost: lost.length,
    redelivered: 0,
    duplicates: twice.length,
    ...NOTHING_HANDLED,
    faultsInjected: full + tooLarge + inTheOutage,
    recoveredMs,
    safe: [
      {
        says: 'every publish ended in time',
        holds: sum((report) => report.silent) === 0,
        found: `${sum((report) => report.silent)} did not`,
      },
      {
        says: 'every refusal is a JetlaneError',
        holds: untyped === 0,
        found:
          `${untyped} are not ${crowds.map(({ report }) => report.untypedWords).join(' ')}`.trim(),
      },
      { says: 'nothing is stored twice', holds: twice.length === 0, found: `${twice.length}` },
      {
        says: 'memory grew by less than 50 MB',
        holds: growthBytes < GROWTH_MAX_BYTES,
        found: `${(growthBytes / 1e6).toFixed(1)} MB`,
      },
      {
        says: 'the full stream took no more than its limit',
        holds: (crowds[0]?.acked.length ?? 0) <= room,
        found: `${crowds[0]?.acked.length} of ${room}`,
      },
    ],
    bite: [
      { says: 'the full stream refused publishes', holds: full > 0, found: `${full}` },
      { says: 'large messages were refused', holds: tooLarge > 0, found: `${tooLarge}` },
      {
        says: 'publishes failed while the servers were gone',
        holds: inTheOutage > 0,
        found: `${inTheOutage}`,
      },
    ],
    figures: figuresOf(crowds),
  };
}

function figuresOf(crowds: readonly Crowd[]): Record<string, number | string> {
  return Object.fromEntries(
    crowds.flatMap(({ prefix, report }) => [
      [`${prefix}: refused`, JSON.stringify(report.refused)],
      [`${prefix}: longestMs`, report.longestMs],
      [`${prefix}: growthBytes`, report.growthBytes],
      [`${prefix}: residentGrowthBytes`, report.residentGrowthBytes],
    ]),
  );
}
