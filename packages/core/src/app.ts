import { type AnyStream, configInvalid, patternsOverlap, type Runnable } from '@jetlane/contracts';
import type { Topology } from './bus.ts';
import { printed } from './printed.ts';
import { isSchedule, tickWorker } from './schedule/schedule.ts';
import { isWorker, workerSpec } from './worker/worker.ts';
import type { WorkerSpec } from './worker/worker-spec.ts';

const PARTS = Symbol.for('jetlane.app');

/** What one service owns, as one inert value. */
export interface App extends Runnable {
  readonly kind: 'app';
  readonly [PARTS]: AppParts;
}

/** What an app is made of. */
export interface AppParts {
  /** Streams that the app needs; each exists before anything runs. */
  readonly streams: readonly AnyStream[];
  readonly run: readonly Runnable[];
}

/** An app's topology and the `ce-source` of what it publishes. */
export interface Collected extends Topology {
  readonly source: string | undefined;
}

/**
 * What one service owns: its streams and what runs on them. Inert: importing it connects to nothing.
 *
 * @throws JetlaneError `CONFIG_INVALID` for a command with two handlers, a type or durable name used twice, overlapping
 *   streams, or a worker on a stream that is not listed; all that is wrong at once
 * @example
 * export default app('shop', { streams: [Orders], run: [billing, shipping] });
 */
export function app(name: string, parts: AppParts): App {
  const problems = appProblems(name, parts);
  if (problems.length > 0)
    throw configInvalid(typeof name === 'string' ? `app '${name}'` : 'app()', problems);
  const { streams, run } = parts;
  return Object.freeze({
    kind: 'app' as const,
    name,
    [PARTS]: { streams: [...streams], run: [...run] },
  });
}

/** Whether a value is an app, whichever copy of the package made it. */
export function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && PARTS in value;
}

/** The parts of an app. */
export function appParts(app: App): AppParts {
  return app[PARTS];
}

/**
 * Everything that parts need on a server: their streams, and the durables of their workers.
 *
 * @throws JetlaneError `CONFIG_INVALID` when parts contradict each other, or are no Jetlane values
 */
export function collect(parts: readonly Runnable[]): Collected {
  const streams = new Map<string, AnyStream>();
  const workers = new Map<string, WorkerSpec>();
  const schedules = new Map<string, Runnable>();
  const problems: string[] = [];
  let source: string | undefined;

  function add(part: Runnable, app?: string): void {
    if (isApp(part)) {
      source ??= part.name;
      for (const stream of part[PARTS].streams) add(stream);
      for (const each of part[PARTS].run) add(each, part.name);
    } else if (typeof part === 'object' && part !== null && isSchedule(part)) {
      if (
        (schedules.get(part.name) ?? part) !== part ||
        workers.has(part.name) !== schedules.has(part.name)
      )
        problems.push(`two workers or schedules are named '${part.name}': ${ONE_NAME}`);
      schedules.set(part.name, part);
      workers.set(part.name, tickWorker(part, app));
    } else if (part?.kind === 'stream') {
      const known = streams.get(part.name);
      if (known !== undefined && known !== part)
        problems.push(
          `stream ${part.name} is declared twice: declare it once, and import it where it is used`,
        );
      streams.set(part.name, part as AnyStream);
    } else if (typeof part === 'object' && part !== null && isWorker(part)) {
      const spec = workerSpec(part);
      const known = workers.get(spec.name);
      if (known !== undefined && known !== spec)
        problems.push(`two workers are named '${spec.name}': ${ONE_NAME}`);
      workers.set(spec.name, spec);
      add(spec.stream);
    } else
      problems.push(
        `${describe(part)} is no stream, worker, schedule or app: give what stream(), worker(), schedule() or app() made`,
      );
  }

  for (const part of parts) add(part);
  problems.push(...overlaps([...streams.values()]));
  if (problems.length > 0) throw configInvalid('what start() was given', problems);
  return { streams: [...streams.values()], workers: [...workers.values()], app: source, source };
}

function appProblems(name: string, parts: AppParts): string[] {
  if (typeof name !== 'string') return ["needs a name first: app('shop', { streams, run })"];
  const { streams, run } = parts ?? {};
  if (!Array.isArray(streams) || !Array.isArray(run))
    return ['needs { streams: [...], run: [...] }'];
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    problems.push(`name '${name}' must be kebab-case: a-z, 0-9 and '-'`);
  const strange = streams.filter(
    (part) => (part as { kind?: unknown } | null | undefined)?.kind !== 'stream',
  );
  if (strange.length > 0)
    return [
      ...problems,
      ...strange.map((part) => `${describe(part)} is no stream, as made by stream()`),
    ];
  const listed = new Set(streams.map((stream) => stream?.name));
  for (const part of run) {
    if (typeof part === 'object' && part !== null && isSchedule(part)) continue;
    if (typeof part !== 'object' || part === null || !isWorker(part)) {
      problems.push(
        `${describe(part)} cannot be run: list workers and schedules in 'run' and streams in 'streams'`,
      );
      continue;
    }
    const { stream } = workerSpec(part);
    if (!listed.has(stream.name))
      problems.push(
        `worker '${part.name}' reads stream ${stream.name}, which 'streams' does not list`,
      );
  }
  problems.push(
    ...repeated(
      run.map((part) => part?.name),
      (name) => `two workers are named '${name}': ${ONE_NAME}`,
    ),
  );
  problems.push(
    ...repeated(
      streams.map((stream) => stream?.name),
      (name) => `stream ${name} is listed twice`,
    ),
  );
  problems.push(...overlaps(streams), ...commandProblems(run), ...typeProblems(streams));
  return problems;
}

/** What a worker's name is, for the words of an error. */
const ONE_NAME = 'its consumer on the server has that name, so give each its own';

/** A command has one handler, or its effect happens twice. */
function commandProblems(run: readonly Runnable[]): string[] {
  const handlers = run
    .filter(isWorker)
    .flatMap((worker) =>
      workerSpec(worker).handlers.flatMap(({ messages }) =>
        messages
          .filter(({ kind }) => kind === 'command')
          .map(({ type }) => ({ type, worker: worker.name })),
      ),
    );
  return repeated(
    handlers.map(({ type }) => type),
    (type) => {
      const names = handlers
        .filter((each) => each.type === type)
        .map(({ worker }) => `'${worker}'`);
      return `command ${type} has ${names.length} handlers, in ${names.join(' and ')}: a command has one`;
    },
  );
}

function typeProblems(streams: readonly AnyStream[]): string[] {
  const types = streams.flatMap((stream) => stream?.messages ?? []).map(({ type }) => type);
  return repeated(
    types,
    (type) =>
      `message type ${type} is carried by two streams: publishing it would be ambiguous; leave it out of one`,
  );
}

function overlaps(streams: readonly AnyStream[]): string[] {
  const problems: string[] = [];
  for (const [index, one] of streams.entries())
    for (const other of streams.slice(index + 1))
      for (const a of one?.subjects ?? [])
        for (const b of other?.subjects ?? [])
          if (one.name !== other.name && patternsOverlap(a, b))
            problems.push(
              `streams ${one.name} (${a}) and ${other.name} (${b}) overlap: a message would be stored twice; narrow the subjects of one`,
            );
  return problems;
}

function repeated(values: readonly string[], problem: (value: string) => string): string[] {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(twice)].map(problem);
}

function describe(part: unknown): string {
  const { kind, name } = (part ?? {}) as { kind?: unknown; name?: unknown };
  return typeof kind === 'string' ? `${kind} '${printed(name)}'` : `a value of type ${typeof part}`;
}
