/** The load, the streams that carry it and the processes that do the work. */
import type { Cost, CostSums } from './cost.ts';
import type { ScaleModel } from './model.ts';
import type { Question } from './question.ts';
import { amount, lasting, type Step, step, type Unit, written } from './step.ts';

/** How much there is to do. */
export function toLoad({ senders, kind, intervalMs, services, dedupeWindowMs }: Question) {
  const rate = (senders * 1_000) / intervalMs;
  const deliveries = rate * services;
  const ids = (rate * dedupeWindowMs) / 1_000;
  const steps = [
    step(
      'rate',
      'messages',
      [rate, 'perSecond'],
      `${amount(senders)} ${kind} ÷ ${lasting(intervalMs)}`,
    ),
    step(
      'deliveries',
      'deliveries',
      [deliveries, 'perSecond'],
      `${written(rate, 'perSecond')} × ${services} services`,
    ),
    step(
      'ids',
      'ids remembered',
      [ids, 'count'],
      `${written(rate, 'perSecond')} × ${lasting(dedupeWindowMs)}`,
    ),
  ];
  return { rate, deliveries, ids, steps };
}

/** See `toLoad`. */
export type Load = ReturnType<typeof toLoad>;

/** What one message costs, as steps: each a law at this point. */
export function costSteps(
  { services, replicas }: Question,
  { cost, how }: CostSums,
): readonly Step[] {
  const part = (name: keyof Cost, says: string, unit: Unit) =>
    step(name, says, [cost[name], unit], how[name]);
  return [
    part('publisherUs', 'CPU of its publisher', 'us'),
    part('publishUs', 'CPU of a server to store it', 'us'),
    ...(services === 0 ? [] : [part('deliverUs', 'and to deliver it once, acknowledged', 'us')]),
    part(
      'serversUs',
      replicas === 1 ? 'CPU of its server, all services' : 'CPU of its three servers, all services',
      'us',
    ),
    ...(services === 0 ? [] : [part('workerUs', 'CPU of a worker for one delivery', 'us')]),
    part('storedBytes', 'bytes in its stream', 'bytes'),
    part('diskBytes', 'bytes written by all servers', 'bytes'),
    part('publisherOutBytes', 'bytes from its publisher', 'bytes'),
    part('publisherInBytes', 'bytes to its publisher', 'bytes'),
    ...(services === 0
      ? []
      : [
          part('workerInBytes', 'bytes to a worker', 'bytes'),
          part('workerOutBytes', 'bytes from a worker', 'bytes'),
        ]),
    ...(replicas === 1
      ? []
      : [part('replicationBytes', 'bytes between servers, for its copies', 'bytes')]),
    part('crossingBytes', 'bytes between servers, each crossing', 'bytes'),
  ];
}

/**
 * How many streams. What a stream stores goes through one place at its leader, and so does what a consumer of it is delivered: each is
 * counted as one core, at most.
 */
export function toStreams(
  { utilization, streamPerSecond, services, replicas }: Question,
  { cost, how }: CostSums,
  { rate, seen }: Load & { readonly seen: ScaleModel['measuredUpTo'] },
) {
  const ofOneCore = (us: number) => (utilization * 1e6) / us;
  const storing = streamPerSecond ?? ofOneCore(cost.leaderPublishUs);
  const delivering = services === 0 ? Number.POSITIVE_INFINITY : ofOneCore(cost.leaderDeliverUs);
  const each = Math.min(storing, delivering);
  const count = Math.max(1, Math.ceil(rate / each));
  const core = (name: 'leaderPublishUs' | 'leaderDeliverUs') =>
    `${amount(utilization)} of one core ÷ ${amount(cost[name])} µs at its leader (${how[name]})`;
  const steps = [
    step(
      'streamPerSecond',
      'one stream stores',
      [storing, 'perSecond'],
      streamPerSecond === undefined ? core('leaderPublishUs') : 'as given',
    ),
    step(
      'streamSeenPerSecond',
      'the most that one took in the measurement',
      [replicas === 1 ? seen.streamPerSecond : seen.replicatedStreamPerSecond, 'perSecond'],
      'for comparison: everything on that one machine, one publisher',
    ),
    ...(services === 0
      ? []
      : [
          step(
            'consumerPerSecond',
            'one consumer of it is delivered',
            [delivering, 'perSecond'],
            core('leaderDeliverUs'),
          ),
        ]),
    step(
      'streams',
      'streams',
      [count, 'count'],
      `${written(rate, 'perSecond')} ÷ ${written(each, 'perSecond')}, rounded up`,
    ),
  ];
  return { count, steps };
}

/** How many processes, and partitions for them. */
export function toProcesses(question: Question, cost: Cost, { rate }: Load, streams: number) {
  const { utilization, services, kind } = question;
  const processes = (us: number) => Math.ceil((rate * us) / 1e6 / utilization);
  const publishers = kind === 'devices' ? 0 : processes(cost.publisherUs);
  const workersPerService = services === 0 ? 0 : processes(cost.workerUs);
  const partitions = Math.max(1, Math.ceil((2 * workersPerService) / streams));
  const sum = (us: number) =>
    `${written(rate, 'perSecond')} × ${amount(us)} µs ÷ ${amount(utilization)} of one core, rounded up`;
  const steps = [
    ...(kind === 'devices'
      ? []
      : [step('publishers', 'publishing processes', [publishers, 'count'], sum(cost.publisherUs))]),
    step(
      'workersPerService',
      'processes of each service',
      [workersPerService, 'count'],
      sum(cost.workerUs),
    ),
    step(
      'partitions',
      'partitions of each stream',
      [partitions, 'count'],
      `2 × ${workersPerService} processes ÷ ${streams} streams, rounded up: twice, so that they spread evenly and may grow`,
    ),
  ];
  return { publishers, workersPerService, partitions, steps };
}

/** See `toProcesses`. */
export type Processes = ReturnType<typeof toProcesses>;
