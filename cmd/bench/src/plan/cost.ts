/** What one message costs, by the laws of a model. */

import type { LawName } from './law-names.ts';
import { evaluate } from './least-squares.ts';
import type { ScaleModel } from './model.ts';
import type { Question } from './question.ts';
import { amount } from './step.ts';
import {
  type FlowVariables,
  flowVariables,
  replicationVariables,
  serverVariables,
  type Variables,
} from './variables.ts';

/** See the head of this file. CPU in microseconds on the machine that is planned for. */
export interface Cost {
  readonly publisherUs: number;
  readonly workerUs: number;
  /** With one copy: storing it, and delivering it once. */
  readonly publishUs: number;
  readonly deliverUs: number;
  /** Part of them: what many subjects add to storing, and several filters to delivering. */
  readonly subjectsUs: number;
  readonly filtersUs: number;
  /** With all copies and deliveries, when all clients are connected to a server that leads. */
  readonly serversUs: number;
  /** Of that, what the leader has of storing it, and of delivering it once. */
  readonly leaderPublishUs: number;
  readonly leaderDeliverUs: number;
  /** Added for each time that it crosses from one server to another. */
  readonly crossingUs: number;
  readonly storedBytes: number;
  /** Written by all servers together. */
  readonly diskBytes: number;
  readonly publisherOutBytes: number;
  readonly publisherInBytes: number;
  readonly workerInBytes: number;
  readonly workerOutBytes: number;
  /** Between the servers, for its copies; and for each time that it crosses. */
  readonly replicationBytes: number;
  readonly crossingBytes: number;
}

/** The cost of one message, and for each part of it the sum that it comes from. */
export interface CostSums {
  readonly cost: Cost;
  readonly how: Readonly<Record<keyof Cost, string>>;
}

/** Messages of a run have this many subjects; the cost of more is added. */
const SUBJECTS_MEASURED = 1_000;

/** How busy the processes are. */
export interface CostOptions {
  /**
   * True: all of them sleep until a burst wakes them, as at a small load. Default false: what a message costs while there is always
   * another one, since that decides how many a process or a server can carry.
   */
  readonly paced?: boolean;
}

/** The cost of one message. */
export function costOf(
  question: Question,
  model: ScaleModel,
  { paced = false }: CostOptions = {},
): CostSums {
  const sums = sumsOf(question, model, paced);
  const part = <T>(pick: (sum: Sum) => T) =>
    Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, pick(sum)]));
  return {
    cost: part(({ value }) => value) as unknown as Cost,
    how: part(({ how }) => how) as CostSums['how'],
  };
}

function sumsOf(question: Question, model: ScaleModel, paced: boolean): Record<keyof Cost, Sum> {
  const { sizeBytes, burst, services, replicas, cpuFactor } = question;
  const law = (name: LawName, x: Variables) => sumOf(model.laws[name].terms, x);
  const flow = flowVariables(sizeBytes, burst, { paced });
  const bytes = { message: 1, byte: sizeBytes };
  const { publish, deliver, subjects, filters } = serverSums(question, model, flow);
  const copies = (name: 'replicatedCpuUs' | 'leaderCpuUs', of: readonly [number, number]) => {
    const [publishUs, readers] = of;
    const deliverUs = deliver.value * readers;
    return law(name, replicationVariables({ publishUs, deliverUs, services: readers, hop: 0 }));
  };
  const alone = replicas === 1;
  const stored = law('storedBytes', bytes);
  const scaled = (sum: Sum) => times(sum, cpuFactor);
  return {
    publisherUs: plus(scaled(law('publisherCpuUs', flow)), question.senderCpuUs),
    workerUs: plus(scaled(law('workerCpuUs', flow)), question.handlerCpuUs),
    publishUs: scaled(publish),
    deliverUs: scaled(deliver),
    subjectsUs: scaled(subjects),
    filtersUs: scaled(filters),
    serversUs: scaled(
      alone
        ? sumOf(
            { publish: publish.value, deliver: deliver.value },
            { publish: 1, deliver: services },
          )
        : copies('replicatedCpuUs', [publish.value, services]),
    ),
    leaderPublishUs: scaled(alone ? publish : copies('leaderCpuUs', [publish.value, 0])),
    leaderDeliverUs: scaled(alone ? deliver : copies('leaderCpuUs', [0, 1])),
    crossingUs: scaled(law('replicatedCpuUs', { crossing: 1 })),
    storedBytes: stored,
    diskBytes: alone
      ? law('diskBytes', { stored: stored.value, burst: 1 / burst })
      : law('replicatedDiskBytes', { stored: stored.value, delivery: services }),
    publisherOutBytes: law('publisherOutBytes', bytes),
    publisherInBytes: law('publisherInBytes', bytes),
    workerInBytes: law('workerInBytes', bytes),
    workerOutBytes: law('workerOutBytes', bytes),
    replicationBytes: alone
      ? { value: 0, how: 'one copy' }
      : law('routeBytes', { ...bytes, delivery: services }),
    crossingBytes: law('routeBytes', { hopMessage: 1, hopByte: sizeBytes }),
  };
}

/** Of a server with one copy: storing, delivering, and what subjects and filters add to them. */
function serverSums({ filters, subjects }: Question, { laws }: ScaleModel, flow: FlowVariables) {
  const both = Object.entries(serverVariables(flow, 1));
  const decades = Math.max(0, Math.log10(subjects / SUBJECTS_MEASURED));
  const several = filters > 1 ? 1 : 0;
  const added = {
    subjects: sumOf(laws.subjectCpuUs.terms, { logSubjects: decades }),
    filters: sumOf(laws.filterCpuUs.terms, { several, filter: filters - 1 }),
  };
  const part = (kind: 'publish' | 'deliver') =>
    sumOf(
      laws.serverCpuUs.terms,
      Object.fromEntries(both.filter(([name]) => name.startsWith(kind))),
    );
  return {
    ...added,
    publish: plus(part('publish'), added.subjects.value, `for ${amount(subjects)} subjects`),
    deliver: plus(part('deliver'), added.filters.value, `for ${filters} filters`),
  };
}

interface Sum {
  readonly value: number;
  readonly how: string;
}

/** A law at a point, and the sum with its numbers: what does not count is left out. */
function sumOf(terms: Readonly<Record<string, number>>, x: Variables): Sum {
  const parts = Object.entries(terms)
    .filter(([name, value]) => value !== 0 && (x[name] ?? 0) !== 0)
    .map(([name, value]) =>
      x[name] === 1 ? amount(value) : `${amount(value)} × ${amount(x[name] ?? 0)}`,
    );
  return { value: evaluate(terms, x), how: parts.join(' + ') || '0' };
}

function times({ value, how }: Sum, factor: number): Sum {
  return factor === 1
    ? { value, how }
    : { value: value * factor, how: `(${how}) × ${amount(factor)}` };
}

function plus(sum: Sum, more: number, words = 'of your own'): Sum {
  return more === 0
    ? sum
    : { value: sum.value + more, how: `${sum.how} + ${amount(more)} ${words}` };
}
