/** All experiments, one after another. */
import { messageOf } from '../frame/failure.ts';
import { measureAcks, measureFilters } from './delivery.ts';
import {
  FLOW_CHECK,
  FLOW_FIT,
  measureFlow,
  measurePaced,
  REPLICA_CHECK,
  REPLICA_FIT,
} from './flow.ts';
import { measureConnections, measureConsumers, measureIds, measureSubjects } from './holding.ts';
import { type Host, oneServer, threeServers } from './host.ts';
import { type Lab, openLab } from './lab.ts';
import type { Point } from './point.ts';

/** How to measure. */
export interface MeasureOptions {
  readonly size: 'quick' | 'full';
  readonly signal: AbortSignal;
  /** A line for people. */
  say(line: string): void;
}

/** What was measured, and on which server. */
export interface Measured {
  readonly points: readonly Point[];
  readonly natsServer: string;
}

/** Measures everything. Interrupted, it returns what it has by then. */
export async function measure({ size, signal, say }: MeasureOptions): Promise<Measured> {
  const points: Point[] = [];
  const quick = size === 'quick';
  let natsServer = '';
  for (const { title, servers, work } of EXPERIMENTS) {
    if (signal.aborted) break;
    const startedMs = performance.now();
    const keep = (point: Point) => {
      points.push(point);
      say(`  ${pointWords(point)}`);
    };
    say(title);
    const host = await (servers === 1 ? oneServer() : threeServers());
    natsServer = host.version;
    const lab = openLab({ signal, quick, keep, say });
    try {
      await work(lab, host);
    } catch (error) {
      if (!signal.aborted) throw error;
      say(`  ${messageOf(error)}`);
    } finally {
      await lab.close();
      await host.close();
    }
    say(`  ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  }
  return { points, natsServer };
}

interface Step {
  readonly title: string;
  readonly servers: 1 | 3;
  readonly work: (lab: Lab, host: Host) => Promise<void>;
}

const FULL_MS = 1_500;
const QUICK_MS = 150;

const EXPERIMENTS: readonly Step[] = [
  {
    title: 'messages: size, burst, services',
    servers: 1,
    work: (lab, host) =>
      measureFlow(
        lab,
        host,
        { replicas: 1, forMs: lab.quick ? QUICK_MS : FULL_MS, rounds: lab.quick ? 1 : 2 },
        [FLOW_FIT, FLOW_CHECK],
      ),
  },
  {
    title: 'a fixed rate from two publishers',
    servers: 1,
    work: (lab, host) => measurePaced(lab, host, lab.quick ? QUICK_MS : 2_000),
  },
  {
    title: 'three copies',
    servers: 3,
    work: (lab, host) =>
      measureFlow(
        lab,
        host,
        { replicas: 3, forMs: lab.quick ? QUICK_MS : FULL_MS, rounds: lab.quick ? 1 : 2 },
        [REPLICA_FIT, REPLICA_CHECK],
      ),
  },
  { title: 'acks', servers: 1, work: measureAcks },
  { title: 'filters', servers: 1, work: measureFilters },
  { title: 'consumers', servers: 1, work: measureConsumers },
  { title: 'connections', servers: 1, work: measureConnections },
  { title: 'ids', servers: 1, work: measureIds },
  { title: 'subjects', servers: 1, work: measureSubjects },
];

function pointWords({ at, found, use }: Point): string {
  const list = (values: Readonly<Record<string, number>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
      .join(' ');
  return `${use} ${list(at)}: ${list(found)}`;
}
