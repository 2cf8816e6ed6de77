/**
 * Power cuts: the servers keep their streams on a disk whose unwritten data is gone with a cut. The servers are stopped
 * (SIGSTOP), the disk is cut, the servers are killed, the disk is mounted again. With three servers all are on one disk, so all lose
 * power at once. Tried twice: with `sync_interval: always`, where nothing acknowledged may be lost, and with nats-server's
 * default of two minutes, where the loss is measured: it is also what shows that the cut was one.
 */
import { mkdir } from 'node:fs/promises';
import { readStored } from '../audit.ts';
import type { Broker } from '../broker.ts';
import { fault } from '../fault.ts';
import { diskObstacle, makeDisk } from '../power/disk.ts';
import { NOTHING_HANDLED, startPublishing } from '../publishing.ts';
import type { Stage } from '../stage.ts';

const ALWAYS = 'jetstream { sync_interval: always }';
const ACKED_MS = 120_000;
const BACK_MS = 90_000;
/** A stream that cannot be found for this long is gone. */
const GONE_MS = 20_000;

/** See the head of this file. */
export const power = fault({
  name: 'power',
  does: 'cut the power of the disk that the streams are on',
  expects:
    'with sync_interval: always, what was acknowledged is stored; with the default of 2 minutes the loss is measured',
  nodes: [1, 3],
  settings: {
    small: { cuts: 1, cutsByDefault: 1, ratePerSecond: 200, ackedMin: 200, ackedMax: 400 },
    full: { cuts: 10, cutsByDefault: 5, ratePerSecond: 300, ackedMin: 300, ackedMax: 3_000 },
  },
  limitMs: { small: 240_000, full: 1_800_000 },
  obstacle: diskObstacle,
  async run(stage, settings) {
    const always: Cut[] = [];
    const byDefault: Cut[] = [];
    for (let number = 0; number < settings.cuts + settings.cutsByDefault; number++) {
      const synced = number < settings.cuts;
      const cut = await cutPower(stage, { number, synced, settings });
      (synced ? always : byDefault).push(cut);
      stage.say(
        `cut ${number + 1}, ${synced ? 'sync_interval: always' : 'default'}: ${cut.lost} of ${cut.acked} lost`,
      );
    }
    const cuts = [...always, ...byDefault];
    const sum = (of: readonly Cut[], figure: 'acked' | 'lost' | 'duplicates') =>
      of.reduce((all, cut) => all + cut[figure], 0);
    const lostByDefault = `${sum(byDefault, 'lost')} of ${sum(byDefault, 'acked')}`;
    return {
      acked: sum(always, 'acked'),
      lost: sum(always, 'lost'),
      redelivered: 0,
      duplicates: sum(always, 'duplicates'),
      ...NOTHING_HANDLED,
      faultsInjected: cuts.length,
      recoveredMs: Math.max(...always.map(({ backMs }) => backMs)),
      safe: [
        {
          says: 'nothing is stored twice',
          holds: sum(always, 'duplicates') === 0,
          found: `${sum(always, 'duplicates')} of ${sum(always, 'acked')}`,
        },
      ],
      bite: [
        {
          says: 'nothing could be written after the cut',
          holds: cuts.every(({ dead }) => dead),
          found: `${cuts.filter(({ dead }) => dead).length} of ${cuts.length} cuts`,
        },
        {
          says: 'with the default sync_interval, what was acknowledged after the last sync is gone',
          holds: sum(byDefault, 'lost') > 0,
          found: `${lostByDefault} lost`,
        },
      ],
      figures: {
        lostByDefault,
        streamsGoneByDefault: byDefault.filter(({ lost, acked }) => lost === acked).length,
      },
    };
  },
});

interface Cut {
  readonly acked: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Whether writing failed after the cut. */
  readonly dead: boolean;
  /** From the power's return until the stream could be read. */
  readonly backMs: number;
}

interface CutOptions {
  readonly number: number;
  readonly synced: boolean;
  readonly settings: {
    readonly ratePerSecond: number;
    readonly ackedMin: number;
    readonly ackedMax: number;
  };
}

async function cutPower(stage: Stage, options: CutOptions): Promise<Cut> {
  const { number, synced, settings } = options;
  const folder = stage.file(`power-${number}`);
  await mkdir(folder);
  const disk = await makeDisk(folder);
  stage.defer(() => disk.remove());
  const broker = await stage.broker({ store: disk.path, ...(synced && { config: ALWAYS }) });
  const { ratePerSecond } = settings;
  const publishing = await startPublishing(stage, broker, { ratePerSecond, prefix: `c${number}` });
  const wanted = stage.between(settings.ackedMin, settings.ackedMax);
  // By default the stream itself would be gone too, if it were new. What comes after this is what a cut can take.
  await publishing.untilAcked(wanted / 2, ACKED_MS);
  if (!synced) await disk.sync();
  await publishing.untilAcked(wanted, ACKED_MS);
  await Promise.all(broker.servers.map((server) => server.pause()));
  const dead = await disk.cut();
  await Promise.all(broker.servers.map((server) => server.kill()));
  await publishing.kill();
  await disk.restore();
  const beganMs = performance.now();
  await Promise.all(broker.servers.map((server) => server.restart()));
  await broker.ready();
  const stored = await storedOn(stage, broker);
  const backMs = Math.round(performance.now() - beganMs);
  const acked = [...publishing.read()].filter(([, { ackedAtMs }]) => ackedAtMs !== undefined);
  await broker.stop();
  await disk.remove();
  return {
    acked: acked.length,
    lost: acked.filter(([id]) => !stored.has(id)).length,
    duplicates: [...stored.values()].filter((times) => times > 1).length,
    dead,
    backMs,
  };
}

/** What is left: nothing, where the stream itself is gone. */
async function storedOn(stage: Stage, broker: Broker): Promise<ReadonlyMap<string, number>> {
  const connection = await stage.connection(broker);
  const endMs = performance.now() + GONE_MS;
  let gone = false;
  await stage.until(
    async () => {
      const { jsm } = connection;
      const info = await jsm.streams.info('CHAOS').catch(() => undefined);
      gone = info === undefined && performance.now() > endMs;
      return gone || (info !== undefined && info.cluster?.leader !== '');
    },
    BACK_MS,
    'the stream to have a leader',
  );
  const stored = gone ? new Map<string, number>() : await readStored(connection, 'CHAOS');
  await connection.nc.close();
  return stored;
}
