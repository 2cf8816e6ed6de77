/**
 * From a question and a model to the servers, streams and processes that it takes. Pure arithmetic; every sum is kept as a
 * step that says how it was made, so that nobody has to believe it.
 */
import { costOf } from './cost.ts';
import { toHolding, toTraffic } from './holding.ts';
import { costSteps, toLoad, toProcesses, toStreams } from './load.ts';
import type { ScaleModel } from './model.ts';
import type { Question } from './question.ts';
import { toServers, toShared } from './servers.ts';
import { amount, type Section } from './step.ts';

/** What it takes. */
export interface Answer {
  readonly messagesPerSecond: number;
  readonly servers: number;
  /** What needs that many. */
  readonly serversBoundBy: string;
  readonly streams: number;
  /** Of each stream. */
  readonly partitions: number;
  /** Processes that publish; 0 where the senders publish themselves. */
  readonly publishers: number;
  /** Processes of each service. */
  readonly workersPerService: number;
  readonly memoryPerServerBytes: number;
  readonly diskPerServerBytes: number;
  readonly writtenPerServerBytesPerSecond: number;
  readonly inPerServerBits: number;
  readonly outPerServerBits: number;
}

/** A plan. */
export interface Plan {
  readonly question: Question;
  readonly answer: Answer;
  readonly sections: readonly Section[];
  /** What the model does not know of this question, or what to change. */
  readonly warnings: readonly string[];
}

const PARTITIONS_MAX = 256;
const SHORT_WINDOW_MS = 10_000;

/** Makes the plan. The question must have been checked. */
export function predict(question: Question, model: ScaleModel): Plan {
  const sums = costOf(question, model);
  const { cost } = sums;
  const asleep = costOf(question, model, { paced: true }).cost;
  const load = toLoad(question);
  const streams = toStreams(question, sums, { ...load, seen: model.measuredUpTo });
  const processes = toProcesses(question, cost, load, streams.count);
  const holding = toHolding(question, model, { ...load, ...processes, streams: streams.count });
  const traffic = toTraffic(question, cost, load);
  const servers = toServers(question, cost, { load, traffic, holding, asleep });
  const shared = toShared(question, { traffic, holding, servers: servers.count });
  const answer: Answer = {
    messagesPerSecond: load.rate,
    servers: servers.count,
    serversBoundBy: servers.boundBy,
    streams: streams.count,
    partitions: processes.partitions,
    publishers: processes.publishers,
    workersPerService: processes.workersPerService,
    ...shared.answer,
  };
  const sections = [
    { title: 'Load', steps: load.steps },
    { title: 'Cost of one message', steps: costSteps(question, sums) },
    { title: 'Streams', steps: streams.steps },
    { title: 'Processes', steps: processes.steps },
    { title: 'Memory of all servers', steps: holding.steps },
    { title: 'Disk and network of all servers', steps: traffic.steps },
    { title: 'Servers', steps: servers.steps },
    { title: 'Each server', steps: shared.steps },
  ];
  return { question, answer, sections, warnings: warningsOf(question, answer, load.ids, model) };
}

function warningsOf(question: Question, answer: Answer, ids: number, model: ScaleModel): string[] {
  const { measuredUpTo: upTo } = model;
  const beyond = (what: string, value: number, limit: number) =>
    value > limit
      ? [`${amount(value)} ${what}: measured up to ${amount(limit)}, extrapolated from there`]
      : [];
  return [
    ...beyond('bytes a message', question.sizeBytes, upTo.sizeBytes),
    ...beyond('services', question.services, upTo.services),
    ...beyond('subjects a stream', question.subjects / answer.streams, upTo.subjects),
    ...beyond('ids a stream', ids / answer.streams, upTo.ids),
    ...beyond('filters', question.filters, upTo.filters),
    ...beyond('connections a server', question.connections / answer.servers, upTo.connections),
    ...beyond('partitions a stream', answer.partitions, PARTITIONS_MAX),
    ...(answer.servers > answer.streams * question.replicas
      ? [
          `${answer.servers} servers and only ${answer.streams * question.replicas} copies of streams: some would hold none; use more streams`,
        ]
      : []),
    ...(answer.serversBoundBy === 'memory' && question.dedupeWindowMs > SHORT_WINDOW_MS
      ? [
          `memory decides, and ids may be most of it: --dedupe-window 10s keeps ${amount((100 * SHORT_WINDOW_MS) / question.dedupeWindowMs)} % of them`,
        ]
      : []),
    ...(model.size === 'quick'
      ? ['the model comes from a quick run: good for a try, not for a plan']
      : []),
  ];
}
