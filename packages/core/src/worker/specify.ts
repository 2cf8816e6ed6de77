import {
  type AnyDefinition,
  type AnyStream,
  type Catalog,
  catalog,
  defaultLimits,
  durationProblem,
  internalsOf,
  isJetlaneError,
  type Message,
  patternCovers,
  patternProblems,
  sizeProblem,
  subjectMatches,
  toBytes,
  toFilters,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import { isObject } from '../is-object.ts';
import { partitionedProblems, toPartitionSpec } from '../partitions/partition-spec.ts';
import { shown } from '../printed.ts';
import { RESERVED_DURABLE } from '../schedule/schedule-subjects.ts';
import { ackPolicyProblems } from './ack-policy.ts';
import { concurrencyProblems } from './adaptive-limit.ts';
import { breakerProblems, toBreakerSpec } from './breaker.ts';
import type { HandlerSpec } from './handler.ts';
import { inboxProblems } from './inbox-problems.ts';
import { type RateLimit, rateLimitProblems, toRateLimits } from './rate-limit.ts';
import { retryProblems, toRetryPolicy } from './retry-policy.ts';
import type { WorkerOptions } from './worker.ts';
import type { WorkerSpec } from './worker-spec.ts';

type Options = WorkerOptions<AnyStream>;

const OPTIONS = [
  'from',
  'filter',
  'startAt',
  'ackPolicy',
  'concurrency',
  'maxAckPending',
  'maxBytes',
  'ackWait',
  'timeout',
  'orderBy',
  'onFailure',
  'partitioned',
  'validate',
  'retry',
  'breaker',
  'rateLimit',
  'deadLetter',
  'inbox',
  'limits',
  'jetstream',
] as const satisfies readonly (keyof Options)[];

/** Nothing comes again. */
const ONCE = { attempts: 1 };

const LIMITS = ['maxDepth', 'maxElements', 'maxBytes'];

/** Fills in every default and checks every option. Either a spec, or all that is wrong. */
export function specify(
  name: string,
  given: unknown,
  givenHandlers: unknown,
): { spec: WorkerSpec; problems?: never } | { spec?: never; problems: string[] } {
  const shape = shapeProblems(given, givenHandlers);
  const problems = [...nameProblems(name), ...shape];
  if (shape.length > 0) return { problems };
  const options = given as Options;
  const handlers = givenHandlers as readonly HandlerSpec[];
  problems.push(...optionProblems(options), ...handlerProblems(options, handlers));
  problems.push(...partitionedProblems(options, handlers), ...ackPolicyProblems(options));
  if (problems.length > 0) return { problems };
  problems.push(...inboxProblems(options));
  const filters = filtersOf(options, handlers, problems);
  const partitions = toPartitionSpec(options, handlers, problems);
  if (problems.length > 0) return { problems };
  const {
    from,
    concurrency: handlersAtOnce = 64,
    ackPolicy = 'explicit',
    maxAckPending = ackPolicy === 'none' ? Number.POSITIVE_INFINITY : 1_000,
    maxBytes = '64MiB',
    ackWait = options.partitioned === true ? '5s' : '30s',
    timeout = '30s',
    startAt = 'first',
    onFailure = ackPolicy === 'none' ? 'skip' : 'hold',
    validate = 'always',
    deadLetter = ackPolicy === 'none' ? false : 'DLQ',
    limits = {},
    jetstream = {},
  } = options;
  const adaptive = typeof handlersAtOnce === 'number' ? undefined : handlersAtOnce;
  const concurrency = typeof handlersAtOnce === 'number' ? handlersAtOnce : handlersAtOnce.max;
  const spec: WorkerSpec = {
    name,
    stream: from,
    handlers,
    catalog: catalogOf(from),
    filters,
    startAt,
    ackPolicy,
    concurrency,
    adaptive,
    room: roomOf(concurrency, maxAckPending, handlers),
    maxBytes: toBytes(maxBytes),
    maxAckPending,
    ackWaitMs: toMs(ackWait),
    timeoutMs: toMs(timeout),
    laneOf: laneOf(options.orderBy ?? partitions?.by, from),
    onFailure,
    partitions,
    validate,
    retry: toRetryPolicy(ackPolicy === 'none' ? ONCE : options.retry),
    breaker: toBreakerSpec(options.breaker),
    rateLimits: toRateLimits(options.rateLimit as RateLimit),
    deadLetter,
    inbox: options.inbox,
    limits: { ...defaultLimits, ...limits },
    jetstream,
  };
  return { spec };
}

/**
 * What one process holds: four times what it runs, so that the next message is here before the last is done, but at most
 * a quarter of the fleet's cap, so that four processes share a backlog; and never less than a batch needs to fill.
 */
export function roomOf(
  concurrency: number,
  maxAckPending: number,
  handlers: readonly HandlerSpec[],
): number {
  const room = Math.min(4 * concurrency, Math.floor(maxAckPending / 4));
  const batch = Math.max(0, ...handlers.map(({ batch }) => batch?.size ?? 0));
  return Math.max(1, room, batch);
}

function nameProblems(name: unknown): string[] {
  if (name === RESERVED_DURABLE)
    return [`name '${name}' is taken by Jetlane: choose another, such as 'scheduling'`];
  if (typeof name === 'string' && /^[a-z][a-z0-9-]{0,30}$/.test(name)) return [];
  return [`name ${shown(name)} must be kebab-case: a-z, 0-9 and '-', under 32 characters`];
}

/** Without these nothing else can be checked. */
function shapeProblems(options: unknown, handlers: unknown): string[] {
  const problems: string[] = [];
  const from = (options as Options | undefined)?.from as AnyStream | undefined;
  if (from?.kind !== 'stream')
    problems.push(`'from' must be a stream, as made by stream(), not ${shown(from)}`);
  if (!Array.isArray(handlers) || handlers.length === 0)
    problems.push('needs at least one handler: [on(OrderPlaced, (message) => ...)]');
  else if (
    handlers.some((handler) => typeof (handler as HandlerSpec | null)?.handle !== 'function')
  )
    problems.push(
      'every handler must be made by on() or onBatch(): [on(OrderPlaced, (message) => ...)]',
    );
  return problems;
}

function optionProblems(options: Options): string[] {
  for (const group of ['retry', 'limits'] as const)
    if (options[group] !== undefined && !isObject(options[group]))
      return [`'${group}' must be an object, not ${shown(options[group])}`];
  const { concurrency, maxAckPending, startAt, orderBy, onFailure, validate, deadLetter } = options;
  const { retry = {}, limits = {} } = options;
  const problems = [
    ...unknownOptions(options, OPTIONS),
    ...retryProblems(retry),
    ...unknownOptions(limits, LIMITS, 'limits.'),
  ];
  const check = (ok: boolean, problem: string) => ok || problems.push(problem);
  const count = (value: unknown, option: string) =>
    check(
      value === undefined || (Number.isInteger(value) && (value as number) >= 1),
      `'${option}' must be a whole number from 1, not ${shown(value)}`,
    );
  problems.push(...concurrencyProblems(concurrency), ...breakerProblems(options.breaker));
  count(maxAckPending, 'maxAckPending');
  for (const [limit, value] of Object.entries(limits)) count(value, `limits.${limit}`);
  const { maxBytes } = options;
  const size = maxBytes === undefined ? undefined : sizeProblem(maxBytes, 'maxBytes');
  if (size !== undefined) problems.push(size);
  for (const [option, value] of [
    ['ackWait', options.ackWait],
    ['timeout', options.timeout],
  ] as const) {
    const problem = value === undefined ? undefined : durationProblem(value, option);
    if (problem !== undefined) problems.push(problem);
  }
  check(
    startAt === undefined ||
      startAt === 'first' ||
      startAt === 'new' ||
      (startAt instanceof Date && !Number.isNaN(startAt.getTime())),
    `'startAt' must be 'first', 'new' or a Date, not ${shown(startAt)}`,
  );
  check(
    orderBy === undefined || typeof orderBy === 'string' || typeof orderBy === 'function',
    "'orderBy' must be a subject token or a function",
  );
  check(
    onFailure === undefined || onFailure === 'hold' || onFailure === 'skip',
    `'onFailure' must be 'hold' or 'skip', not ${shown(onFailure)}`,
  );
  check(
    validate === undefined || validate === 'always' || validate === 'foreign',
    `'validate' must be 'always' or 'foreign', not ${shown(validate)}`,
  );
  check(
    deadLetter === undefined ||
      deadLetter === false ||
      (typeof deadLetter === 'string' && /^[A-Z][A-Z0-9_]{0,30}$/.test(deadLetter)),
    `'deadLetter' must name a stream in UPPER_CASE, or be false, not ${shown(deadLetter)}`,
  );
  return problems;
}

function handlerProblems(options: Options, handlers: readonly HandlerSpec[]): string[] {
  const problems: string[] = [];
  const { from, orderBy, ackPolicy } = options;
  const { maxAckPending = ackPolicy === 'none' ? Number.POSITIVE_INFINITY : 1_000 } = options;
  const carried = new Set(from.messages.map(({ type }) => type));
  const seen = new Set<string>();
  for (const { messages, batch } of handlers) {
    for (const { type } of messages) {
      if (!carried.has(type))
        problems.push(
          `stream ${from.name} does not carry ${type}: add it to the stream's messages`,
        );
      if (seen.has(type))
        problems.push(
          `${type} has two handlers: one worker calls one; start a second worker for the other`,
        );
      seen.add(type);
    }
    if (batch === undefined) continue;
    if (orderBy !== undefined)
      problems.push(
        "onBatch() cannot be ordered by 'orderBy': lanes run one message at a time; use on()",
      );
    if (batch.size > maxAckPending)
      problems.push(
        `a batch of ${batch.size} never fills: 'maxAckPending' is ${maxAckPending}; raise it, or make the batch smaller`,
      );
  }
  const batchMax = Math.max(0, ...handlers.map(({ batch }) => batch?.size ?? 0));
  problems.push(...rateLimitProblems(options.rateLimit as RateLimit, from, batchMax));
  if (typeof orderBy === 'string')
    for (const message of from.messages)
      if (!internalsOf(message).subject.tokens.includes(orderBy))
        problems.push(
          `'orderBy' names {${orderBy}}, which the subject of ${message.type} does not have`,
        );
  return problems;
}

/** The durable's subject filters: the hierarchies given, or the subjects of what is handled. */
function filtersOf(
  options: Options,
  handlers: readonly HandlerSpec[],
  problems: string[],
): string[] {
  const { filter, from } = options;
  const handled = handlers.flatMap(({ messages }) => messages);
  if (typeof filter === 'string' || Array.isArray(filter))
    return hierarchies(
      typeof filter === 'string' ? [filter] : (filter as readonly string[]),
      from,
      handled,
      problems,
    );
  const values = (filter ?? {}) as Record<string, string | readonly string[]>;
  const tokens = new Set(handled.flatMap((message) => internalsOf(message).subject.tokens));
  for (const token of Object.keys(values))
    if (!tokens.has(token))
      problems.push(`'filter' names {${token}}, which no handled message has in its subject`);
  if (problems.length > 0) return [];
  return handled.flatMap((message) => {
    const own = Object.entries(values).filter(([token]) =>
      internalsOf(message).subject.tokens.includes(token),
    );
    try {
      return toFilters(message.subject, Object.fromEntries(own));
    } catch (error) {
      if (!isJetlaneError(error)) throw error;
      problems.push(`'filter': ${error.message}`);
      return [];
    }
  });
}

function hierarchies(
  patterns: readonly string[],
  from: AnyStream,
  handled: readonly AnyDefinition[],
  problems: string[],
): string[] {
  for (const pattern of patterns) {
    const wrong = patternProblems(pattern);
    if (wrong.length > 0) problems.push(...wrong.map((problem) => `'filter': ${problem}`));
    else if (
      from.subjects.length > 0 &&
      !from.subjects.some((subject) => patternCovers(subject, pattern))
    )
      problems.push(
        `'filter' ${pattern} is not within the subjects of stream ${from.name}: ${from.subjects.join(', ')}`,
      );
  }
  if (problems.length > 0) return [];
  const types = new Set(handled.map(({ type }) => type));
  for (const message of from.messages) {
    const reached = patterns.some((pattern) =>
      subjectMatches(pattern, internalsOf(message).subject.pattern),
    );
    if (reached && !types.has(message.type))
      problems.push(
        `'filter' ${patterns.join(', ')} also takes ${message.type}, which has no handler: add on(${message.type}, ...) or narrow it`,
      );
    if (!reached && types.has(message.type))
      problems.push(
        `'filter' ${patterns.join(', ')} never takes ${message.type}, which has a handler: leave that out or widen it`,
      );
  }
  return [...patterns];
}

/** A token is read from the subject by itself: all of them, as an object, are made where a handler asks for them. */
function laneOf(orderBy: Options['orderBy'] | string, from: AnyStream): WorkerSpec['laneOf'] {
  if (orderBy === undefined) return undefined;
  if (typeof orderBy === 'function') return orderBy as (message: Message) => string;
  const subjects = new Map(
    from.messages.map((message) => [message.type, internalsOf(message).subject] as const),
  );
  return (message) =>
    subjects.get(message.type)?.token(message.subject, orderBy) ??
    (message.params as Record<string, string>)[orderBy] ??
    '';
}

const catalogs = new WeakMap<AnyStream, Catalog>();

/** Workers of one stream read with one catalogue. */
function catalogOf(from: AnyStream): Catalog {
  const known = catalogs.get(from) ?? catalog(from.messages);
  catalogs.set(from, known);
  return known;
}
