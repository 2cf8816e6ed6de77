import {
  type AnyDefinition,
  type AnyStream,
  internalsOf,
  patternCovers,
  patternsOverlap,
  toFilters,
} from '@jetlane/contracts';
import { shown } from '../printed.ts';
import type { HandlerSpec } from '../worker/handler.ts';

/** How the messages of a partitioned worker are spread. */
export interface PartitionSpec {
  /** The subject token that decides. */
  readonly by: string;
  readonly count: number;
  readonly routes: readonly PartitionRoute[];
}

/** Subjects of which one token decides the partition. */
export interface PartitionRoute {
  readonly filter: string;
  /** Which of the wildcards of `filter` decides, from 1. */
  readonly at: number;
}

/** What this needs of the options of a worker. */
export interface PartitionOptions {
  readonly from: AnyStream;
  readonly filter?: unknown;
  readonly partitioned?: unknown;
}

/** Everything that keeps a worker from being partitioned, in words; empty when it is not asked to be. */
export function partitionedProblems(
  { from, filter, partitioned }: PartitionOptions,
  handlers: readonly HandlerSpec[],
): string[] {
  if (partitioned === undefined || partitioned === false) return [];
  if (partitioned !== true)
    return [`'partitioned' must be true or false, not ${shown(partitioned)}`];
  const { partitions } = from;
  if (partitions === undefined)
    return [
      `stream ${from.name} has no partitions: give it partitions: { by: 'customerId', count: 16 } with a token that all its subjects have`,
    ];
  const problems: string[] = [];
  if (from.options.managed === false)
    problems.push(
      `stream ${from.name} has managed: false, and a partitioned worker needs a copy that Jetlane makes: leave out one of the two`,
    );
  if (typeof filter === 'string' || Array.isArray(filter))
    problems.push("a partitioned worker takes 'filter' by subject token, such as { region: 'eu' }");
  else if (filter !== undefined && partitions.by in (filter as object))
    problems.push(`'filter' must not name {${partitions.by}}, by which the stream is partitioned`);
  if (handlers.some(({ batch }) => batch !== undefined))
    problems.push('onBatch() cannot be partitioned: lanes run one message at a time; use on()');
  return problems;
}

/** How the messages of a worker are spread; undefined where it is not partitioned. Adds to `problems`. */
export function toPartitionSpec(
  { from, filter, partitioned }: PartitionOptions,
  handlers: readonly HandlerSpec[],
  problems: string[],
): PartitionSpec | undefined {
  const { partitions } = from;
  if (partitioned !== true || partitions === undefined) return undefined;
  const values = (filter ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  const routes = handlers
    .flatMap(({ messages }) => messages)
    .flatMap((message) => routesOf(message, values, partitions.by));
  for (const [index, one] of routes.entries())
    for (const other of routes.slice(index + 1))
      if (one.at !== other.at && patternsOverlap(one.filter, other.filter))
        problems.push(
          `{${partitions.by}} stands at different places in ${one.filter} and ${other.filter}, which overlap: a message could be in two partitions`,
        );
  return { by: partitions.by, count: partitions.count, routes: reduced(routes) };
}

function routesOf(
  message: AnyDefinition,
  values: Readonly<Record<string, string | readonly string[]>>,
  by: string,
): PartitionRoute[] {
  const { template, tokens } = internalsOf(message).subject;
  const own = Object.entries(values).filter(([token]) => tokens.includes(token));
  const place = template.split('.').indexOf(`{${by}}`);
  return toFilters(template, Object.fromEntries(own)).map((filter) => {
    const upTo = filter.split('.').slice(0, place + 1);
    return { filter, at: upTo.filter((part) => part === '*').length };
  });
}

/** Each once, and without those that others cover. */
function reduced(routes: readonly PartitionRoute[]): PartitionRoute[] {
  const unique = [...new Map(routes.map((route) => [route.filter, route])).values()];
  return unique.filter(
    ({ filter }) =>
      !unique.some((other) => other.filter !== filter && patternCovers(other.filter, filter)),
  );
}
