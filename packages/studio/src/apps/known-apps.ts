/** What the given apps declare. Read once; connects to nothing. */
import {
  type AnyDefinition,
  type Catalog,
  catalog,
  internalsOf,
  subjectMatches,
} from '@jetlane/contracts';
import { type App, type Collected, collect } from '@jetlane/core';
import type { AppView, MessageTypeView } from '../wire.ts';
import { viewWorker } from './worker-view.ts';

/** A worker that an app declares. */
export interface KnownWorker {
  readonly worker: string;
  readonly app: string;
}

/** What is known of the apps. */
export class KnownApps {
  readonly view: AppView;
  readonly #streams = new Map<string, AnyDefinition[]>();
  readonly #catalogs = new Map<string, Catalog>();
  readonly #workers = new Map<string, KnownWorker>();

  /** @throws JetlaneError `CONFIG_INVALID` for an app that contradicts itself */
  constructor(apps: readonly App[]) {
    const known = apps.map((app) => ({ name: app.name, parts: collect([app]) }));
    for (const { name, parts } of known) this.#add(name, parts);
    const workers = known.flatMap(({ name, parts }) =>
      parts.workers.map((spec) => viewWorker(name, spec)),
    );
    this.view = {
      apps: known.map(({ name, parts }) => ({
        name,
        streams: parts.streams.map((stream) => stream.name),
      })),
      workers,
      messages: [...this.#streams].flatMap(([stream, definitions]) =>
        definitions.map((definition) => viewType(stream, definition, workers)),
      ),
    };
  }

  get names(): readonly string[] {
    return this.view.apps.map(({ name }) => name);
  }

  /** Whether an app declares this stream. */
  declares(stream: string): boolean {
    return this.#streams.has(stream);
  }

  /** Types of messages that are declared on a stream. */
  typesOn(stream: string): readonly MessageTypeView[] {
    return this.view.messages.filter((type) => type.stream === stream);
  }

  /** The app that declares a worker. */
  worker(stream: string, worker: string): KnownWorker | undefined {
    return this.#workers.get(`${stream} ${worker}`);
  }

  /** What decodes the messages of a stream; undefined where no app declares it. */
  catalogOf(stream: string): Catalog | undefined {
    const definitions = this.#streams.get(stream);
    if (definitions === undefined) return undefined;
    const made = this.#catalogs.get(stream) ?? catalog(definitions);
    this.#catalogs.set(stream, made);
    return made;
  }

  /** The type that a subject of a stream stands for, where exactly one has it. */
  typeBySubject(stream: string, subject: string): string | null {
    const fitting = (this.#streams.get(stream) ?? []).filter((definition) =>
      subjectMatches(internalsOf(definition).subject.pattern, subject),
    );
    return fitting.length === 1 ? (fitting[0]?.type ?? null) : null;
  }

  #add(app: string, { streams, workers }: Collected): void {
    for (const { name, messages } of streams) {
      const known = this.#streams.get(name) ?? [];
      // Apps that were loaded apart have copies of the same declarations: the first counts.
      const more = messages.filter(({ type }) => known.every((each) => each.type !== type));
      this.#streams.set(name, [...known, ...more]);
    }
    for (const { name, stream } of workers) {
      const key = `${stream.name} ${name}`;
      if (!this.#workers.has(key)) this.#workers.set(key, { worker: name, app });
    }
  }
}

function viewType(
  stream: string,
  definition: AnyDefinition,
  workers: AppView['workers'],
): MessageTypeView {
  const { type, kind, version, subject } = definition;
  const handles = workers.filter(
    (worker) =>
      worker.stream === stream && worker.handlers.some(({ types }) => types.includes(type)),
  );
  const handledBy = handles.map(({ name }) => name);
  return { type, kind, version, subject, stream, handledBy };
}
