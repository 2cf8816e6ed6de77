/** Which law is fitted to which points. The variables of a law are chosen here, once, for fitting and for checking. */
import type { LawName } from '../plan/law-names.ts';
import { evaluate, type Row } from '../plan/least-squares.ts';
import {
  flowVariables,
  replicationVariables,
  serverVariables,
  type Variables,
} from '../plan/variables.ts';
import type { Experiment, Point } from './point.ts';

/** How to make one law. */
export interface LawPlan {
  readonly name: LawName;
  readonly gives: string;
  /** Its points. */
  readonly from: readonly Experiment[];
  /** Which of them; default all. */
  readonly where?: (point: Point) => boolean;
  /** What was found. */
  readonly y: (point: Point) => number | undefined;
  /** What was varied. `terms` are those of the laws before. */
  readonly x: (point: Point, terms: Terms) => Variables;
  /** Coefficients that may be negative. */
  readonly signed?: readonly string[];
  /** Errors count as a share (default), or as they are: for growth that begins at nothing. */
  readonly errors?: 'relative' | 'absolute';
}

/** The coefficients of the laws that were fitted so far. */
export type Terms = Readonly<Partial<Record<LawName, Readonly<Record<string, number>>>>>;

/** The equation of a point; undefined where the law has nothing to say about it. */
export function toRow(plan: LawPlan, point: Point, terms: Terms): Row | undefined {
  if (!plan.from.includes(point.experiment) || plan.where?.(point) === false) return undefined;
  const y = plan.y(point);
  if (y === undefined || !Number.isFinite(y)) return undefined;
  const weight = plan.errors === 'absolute' || y === 0 ? 1 : 1 / y ** 2;
  return { x: plan.x(point, terms), y, weight };
}

const one = (point: Point) => at(point, 'replicas') === 1;
const three = (point: Point) => at(point, 'replicas') === 3;
const served = (point: Point) => at(point, 'services') > 0;
const found = (name: string) => (point: Point) => point.found[name];
const constant = () => ({ process: 1 });
const once = () => ({ message: 1 });
const bytes = (point: Point) => ({ message: 1, byte: at(point, 'sizeBytes') });

function at(point: Point, name: string): number {
  return point.at[name] ?? 0;
}

function flow(point: Point) {
  const paced = point.experiment === 'paced';
  return flowVariables(at(point, 'sizeBytes'), at(point, 'burst'), { paced });
}

/** Publishing and each delivery, told apart by the number of services. */
function server(point: Point): Variables {
  return serverVariables(flow(point), at(point, 'services'));
}

/** What one copy would have cost, and how often a message crosses from one server to another on its way. */
function replicated(point: Point, terms: Terms): Variables {
  const serverCpuUs = terms.serverCpuUs ?? {};
  const services = at(point, 'services');
  const alone = evaluate(serverCpuUs, server({ ...point, at: { ...point.at, services: 0 } }));
  const all = evaluate(serverCpuUs, server(point));
  return replicationVariables({
    publishUs: alone,
    deliverUs: all - alone,
    services,
    hop: at(point, 'hop'),
  });
}

/** Growth of memory with the number of something. */
function growth(
  name: LawName,
  experiment: Experiment,
  each: string,
  kind: 'heap' | 'resident',
): LawPlan {
  const words = kind === 'heap' ? 'live heap' : 'resident memory';
  return {
    name,
    gives: `bytes of ${words} of the server for ${experiment}`,
    from: [experiment],
    y: found(`${kind}Bytes`),
    x: (point) => ({ base: 1, [each]: at(point, experiment) }),
    signed: ['base'],
    errors: 'absolute',
  };
}

/** Bytes between a client and its server. */
function carried(name: LawName, what: string, x: LawPlan['x']): LawPlan {
  return {
    name,
    gives: `bytes that ${what}`,
    from: ['flow', 'paced'],
    where: (point) => one(point) && point.found[name] !== undefined,
    y: found(name),
    x,
  };
}

/** All laws, each after those that it builds on. */
export const LAWS: readonly LawPlan[] = [
  {
    name: 'publisherCpuUs',
    gives: 'µs of CPU of a publishing process for each message',
    from: ['flow', 'paced'],
    where: one,
    y: found('publisherCpuUs'),
    x: flow,
  },
  {
    name: 'serverCpuUs',
    gives: 'µs of CPU of the server for each stored message, its deliveries included',
    from: ['flow', 'paced'],
    where: one,
    y: found('serverCpuUs'),
    x: server,
  },
  {
    name: 'workerCpuUs',
    gives: 'µs of CPU of a worker process for each delivery',
    from: ['flow', 'paced'],
    where: (point) => one(point) && served(point),
    y: found('workerCpuUs'),
    x: flow,
  },
  {
    name: 'replicatedCpuUs',
    gives: 'µs of CPU of three servers together for each message of a stream with three copies',
    from: ['flow'],
    where: three,
    y: found('serverCpuUs'),
    x: replicated,
  },
  {
    name: 'leaderCpuUs',
    gives: 'µs of CPU of the busiest of them',
    from: ['flow'],
    where: (point) => three(point) && at(point, 'hop') === 0,
    y: found('leaderCpuUs'),
    x: replicated,
  },
  {
    name: 'ackCpuUs',
    gives: 'µs of CPU of the server to deliver one message of a backlog, with and without an ack',
    from: ['acks'],
    y: found('deliverCpuUs'),
    x: (point) => ({ message: 1, ack: at(point, 'acks') }),
  },
  {
    name: 'filterCpuUs',
    gives: 'µs of CPU of the server for each message published and delivered through filters',
    from: ['filters'],
    where: (point) => at(point, 'backlog') === 0,
    y: found('serverCpuUs'),
    x: (point) => ({
      message: 1,
      several: at(point, 'filters') > 1 ? 1 : 0,
      filter: at(point, 'filters') - 1,
    }),
  },
  {
    name: 'subjectCpuUs',
    gives: 'µs of CPU of the server for each message published to one of many subjects',
    from: ['subjects'],
    y: found('publishCpuUs'),
    x: (point) => ({ message: 1, logSubjects: Math.log10(Math.max(1, at(point, 'subjects'))) }),
  },
  {
    name: 'consumerCpuUs',
    gives: 'µs of CPU of the server for each message published beside silent consumers',
    from: ['consumers'],
    y: found('publishCpuUs'),
    x: (point) => ({ message: 1, consumer: at(point, 'consumers') }),
  },
  {
    name: 'consumerAckUs',
    gives: 'µs until the ack of a message published alone, median, beside silent consumers',
    from: ['consumers'],
    y: found('ackP50Us'),
    x: (point) => ({ message: 1, consumer: at(point, 'consumers') }),
  },
  growth('idBytes', 'ids', 'id', 'heap'),
  growth('subjectBytes', 'subjects', 'subject', 'heap'),
  growth('consumerBytes', 'consumers', 'consumer', 'heap'),
  growth('connectionBytes', 'connections', 'connection', 'heap'),
  growth('idResidentBytes', 'ids', 'id', 'resident'),
  growth('subjectResidentBytes', 'subjects', 'subject', 'resident'),
  growth('consumerResidentBytes', 'consumers', 'consumer', 'resident'),
  growth('connectionResidentBytes', 'connections', 'connection', 'resident'),
  {
    name: 'storedBytes',
    gives: 'bytes of a message in its stream, by JetStream’s own accounting',
    from: ['flow', 'paced'],
    y: found('storedBytes'),
    x: bytes,
  },
  {
    name: 'diskBytes',
    gives: 'bytes that a server writes for each message of a stream with one copy',
    from: ['flow', 'paced'],
    where: one,
    y: found('diskBytes'),
    x: (point) => ({ stored: point.found['storedBytes'] ?? 0, burst: 1 / at(point, 'burst') }),
  },
  {
    name: 'replicatedDiskBytes',
    gives: 'bytes that three servers together write for each message of a stream with three copies',
    from: ['flow'],
    where: three,
    y: found('diskBytes'),
    x: (point) => ({ stored: point.found['storedBytes'] ?? 0, delivery: at(point, 'services') }),
  },
  carried('publisherOutBytes', 'a publisher sends for each message', bytes),
  carried('publisherInBytes', 'a publisher receives for each message: acks', once),
  carried('workerInBytes', 'a worker receives for each delivery', bytes),
  carried('workerOutBytes', 'a worker sends for each delivery: acks, requests', once),
  {
    name: 'routeBytes',
    gives: 'bytes between three servers for each message of a stream with three copies',
    from: ['flow'],
    where: three,
    y: found('routeBytes'),
    x: (point) => {
      const services = at(point, 'services');
      const hop = at(point, 'hop');
      return {
        message: 1,
        byte: at(point, 'sizeBytes'),
        delivery: services,
        hopMessage: hop * (1 + services),
        hopByte: hop * (1 + services) * at(point, 'sizeBytes'),
      };
    },
  },
  ...(['publisher', 'worker', 'server'] as const).map(
    (who): LawPlan => ({
      name: `${who}ResidentBytes`,
      gives: `bytes of resident memory of a ${who} process at work, messages of 1 kB at most`,
      from: ['flow'],
      where: (point) =>
        one(point) && at(point, 'sizeBytes') <= 1_000 && (who !== 'worker' || served(point)),
      y: found(`${who}ResidentBytes`),
      x: constant,
    }),
  ),
];
