/** What a client declares, as streams and consumers of the in-process bus, and what can not be. Pure. */
import { type AnyStream, patternsOverlap } from '@jetlane/contracts';
import type { Topology } from '../bus.ts';
import { deadLetterSubjects, ownSubjects, replayFilter } from '../dead-letters/subjects.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import type { ConsumerSettings } from './memory-consumer.ts';
import { plainSettings, type StreamSettings, toSettings } from './stream-settings.ts';

/** The streams that a topology needs, those of its workers and their dead letters included. */
export function wantedStreams({ streams, workers }: Topology): StreamSettings[] {
  const declared = new Map<string, AnyStream>();
  for (const stream of [...streams, ...workers.map((worker) => worker.stream)])
    declared.set(stream.name, stream);
  const buried = new Set(deadLetterStreams(workers));
  const wanted = [...declared.values()].map((stream) => {
    const more = buried.has(stream.name) ? deadLetterSubjects(stream.name) : [];
    return toSettings(stream, [ownSubjects(stream.name), ...more]);
  });
  for (const name of buried)
    if (!declared.has(name)) wanted.push(plainSettings(name, deadLetterSubjects(name)));
  return wanted;
}

/** Names of the streams that take the dead letters of these workers. */
export function deadLetterStreams(workers: readonly WorkerSpec[]): string[] {
  return workers.flatMap(({ deadLetter }) => (deadLetter === false ? [] : [deadLetter]));
}

/** The durable consumer of a worker. */
export function wantedConsumer(worker: WorkerSpec): ConsumerSettings {
  const { name, stream, filters, startAt, ackWaitMs, maxAckPending } = worker;
  return {
    name,
    filters: [...filters, replayFilter(stream.name, name)],
    startAt,
    ackWaitMs,
    maxAckPending,
  };
}

/** Everything that a bus without a server does not do, in words. */
export function unsupported(streams: readonly AnyStream[]): string[] {
  return streams.flatMap(({ name, options }) =>
    (['mirror', 'sources', 'subjectTransform'] as const)
      .filter((option) => options[option] !== undefined)
      .map(
        (option) => `stream ${name}: ${option} needs a server; declare the stream without it here`,
      ),
  );
}

/** Everything in the way of these streams, in words. `existing` are the others and their former selves. */
export function streamConflicts(
  wanted: readonly StreamSettings[],
  existing: readonly StreamSettings[],
): string[] {
  const problems: string[] = [];
  const byName = new Map(existing.map((settings) => [settings.name, settings]));
  for (const settings of wanted) {
    const former = byName.get(settings.name);
    if (former !== undefined) problems.push(...changeProblems(former, settings));
    byName.set(settings.name, settings);
  }
  const all = [...byName.values()];
  for (const [index, one] of all.entries())
    for (const other of all.slice(index + 1)) problems.push(...overlaps(one, other));
  return problems;
}

/** Everything in the way of these consumers on one stream, in words. */
export function consumerConflicts(
  stream: StreamSettings,
  wanted: readonly ConsumerSettings[],
  existing: readonly ConsumerSettings[],
): string[] {
  const problems: string[] = [];
  const byName = new Map(existing.map((settings) => [settings.name, settings]));
  for (const settings of wanted) {
    const former = byName.get(settings.name);
    if (former !== undefined && !sameFilters(former, settings))
      problems.push(
        `durable ${settings.name} on ${stream.name} filters ${former.filters.join(', ')}; a change to ${settings.filters.join(', ')} would never deliver older messages: give the worker a new name`,
      );
    byName.set(settings.name, settings);
  }
  const all = [...byName.values()];
  if (all.length > stream.maxConsumers)
    problems.push(
      `stream ${stream.name} allows ${stream.maxConsumers} consumers; ${all.length} are declared`,
    );
  if (stream.retention === 'workqueue') problems.push(...workqueueProblems(stream.name, all));
  return problems;
}

function changeProblems(former: StreamSettings, settings: StreamSettings): string[] {
  const problems: string[] = [];
  const change = (option: 'storage' | 'retention') =>
    `stream ${settings.name} exists with ${option} '${former[option]}', which cannot become '${settings[option]}'`;
  if (former.storage !== settings.storage) problems.push(change('storage'));
  const isQueue = (one: StreamSettings) => one.retention === 'workqueue';
  if (isQueue(former) !== isQueue(settings)) problems.push(change('retention'));
  return problems;
}

function overlaps(one: StreamSettings, other: StreamSettings): string[] {
  for (const a of one.subjects)
    for (const b of other.subjects)
      if (patternsOverlap(a, b))
        return [
          `streams ${one.name} and ${other.name} both store "${a}" and "${b}", which overlap: a message may belong to one stream only`,
        ];
  return [];
}

function workqueueProblems(stream: string, consumers: readonly ConsumerSettings[]): string[] {
  const problems: string[] = [];
  for (const [index, one] of consumers.entries()) {
    if (one.startAt !== 'first')
      problems.push(
        `durable ${one.name}: workqueue ${stream} is read from the first message, so startAt must be 'first'`,
      );
    for (const other of consumers.slice(index + 1))
      if (one.filters.some((a) => other.filters.some((b) => patternsOverlap(a, b))))
        problems.push(
          `durables ${one.name} and ${other.name} overlap on workqueue ${stream}, where a message has one reader: narrow their filters`,
        );
  }
  return problems;
}

function sameFilters(a: ConsumerSettings, b: ConsumerSettings): boolean {
  return [...a.filters].sort().join(' ') === [...b.filters].sort().join(' ');
}
