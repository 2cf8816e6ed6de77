import type { AnyDefinition } from './check.ts';
import type { Internals } from './definition.ts';
import { internalsOf, isDefinition } from './definition.ts';
import { configInvalid, JetlaneError } from './error.ts';
import { subjectMatches } from './pattern.ts';
import { show } from './show.ts';

/** The definitions that a reader knows, found by type, or by subject for foreign messages. */
export interface Catalog {
  readonly definitions: readonly AnyDefinition[];
  /** Throws `TYPE_UNKNOWN`. `type` is `ce-type`; without it the subject must fit one definition. */
  find(type: string | undefined, subject: string): CatalogEntry;
  /** The entry whose latest version has this `ce-dataschema`: the short way for our own messages. */
  latest(dataSchema: string): CatalogEntry | undefined;
}

/** A definition and what decoding needs of it. */
export interface CatalogEntry {
  readonly definition: AnyDefinition;
  readonly internals: Internals;
}

/**
 * Builds a catalog once, for many messages. The same definition may be given twice; two definitions
 * of one type throw `CONFIG_INVALID`.
 */
export function catalog(definitions: readonly AnyDefinition[]): Catalog {
  const byType = new Map<string, CatalogEntry>();
  const problems: string[] = [];
  for (const definition of definitions) {
    if (!isDefinition(definition)) {
      problems.push(
        `${show(definition)} is no event or command: list what event() or command() made`,
      );
      continue;
    }
    const known = byType.get(definition.type);
    if (known && known.definition !== definition) {
      problems.push(`type "${definition.type}" is defined twice: give each type one definition`);
    } else {
      byType.set(definition.type, {
        definition,
        internals: internalsOf(definition),
      });
    }
  }
  if (problems.length > 0) throw configInvalid('list of messages', problems);
  const entries = [...byType.values()];
  const bySchema = new Map(entries.map((entry) => [entry.internals.dataSchema, entry]));
  return {
    definitions: entries.map((entry) => entry.definition),
    latest: (dataSchema) => bySchema.get(dataSchema),
    find: (type, subject) =>
      type === undefined ? findBySubject(entries, subject) : findByType(byType, type),
  };
}

function findByType(byType: ReadonlyMap<string, CatalogEntry>, type: string): CatalogEntry {
  const entry = byType.get(type);
  if (entry) return entry;
  const known = [...byType.keys()].join(', ') || 'none';
  throw new JetlaneError(
    'TYPE_UNKNOWN',
    `type "${type.slice(0, 128)}" is not defined here; known types: ${known}. Add its definition here, or publish it elsewhere`,
  );
}

function findBySubject(entries: readonly CatalogEntry[], subject: string): CatalogEntry {
  const fitting = entries.filter(({ internals }) =>
    subjectMatches(internals.subject.pattern, subject),
  );
  if (fitting.length === 1) return fitting[0] as CatalogEntry;
  const types = fitting.map((entry) => entry.definition.type).join(', ');
  throw new JetlaneError(
    'TYPE_UNKNOWN',
    fitting.length === 0
      ? `subject "${subject}" fits no message that is defined here, and there is no ce-type header: define one with that subject, or send ce-type`
      : `subject "${subject}" fits ${types}: the publisher must send ce-type to tell them apart`,
  );
}
