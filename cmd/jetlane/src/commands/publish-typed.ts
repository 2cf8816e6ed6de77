/** Publishes a message of an app by its type: checked, encoded and addressed as the app itself would. */

import { suggest } from '@jetlane/contracts';
import { type AnyDefinition, collect, connect, isJetlaneError, type Outgoing } from '@jetlane/core';
import { loadApp } from '../app/load-app.ts';
import { resolveTarget } from '../connection/connect-options.ts';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { Failure, usageFailure } from '../failure.ts';
import type { Shell } from '../shell.ts';
import type { Publication, Stored } from './publish.ts';

const BATCH = 1000;
const SOURCE = 'jetlane-cli';

/** Stores the messages in order; throws when the type is unknown, the data breaks its schema, or no stream takes them. */
export async function* publishTyped(
  { target, data, ids, headers }: Publication,
  appPath: string,
  flags: ConnectionFlags,
  shell: Shell,
): AsyncGenerator<Stored> {
  const { app } = await loadApp(appPath);
  const definition = find(
    collect([app]).streams.flatMap(({ messages }) => messages),
    target,
    app.name,
  );
  const { options } = await resolveTarget(flags, shell.io.env);
  const client = await connect({ ...options, source: SOURCE });
  try {
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const acks = await client.publish(batch.map((id) => build(definition, data, id, headers)));
      for (const [index, ack] of acks.entries()) yield { id: batch[index] as string, ...ack };
    }
  } catch (cause) {
    if (!isJetlaneError(cause, 'NO_STREAM')) throw cause;
    const hint = `make its streams with 'jetlane streams apply ${appPath}'`;
    throw new Failure(`${cause.message}; ${hint}`, 1, { cause });
  } finally {
    await client.close();
  }
}

/** The definition of that type. Throws a usage failure with the nearest, or all, types. Exported for its tests. */
export function find(
  definitions: readonly AnyDefinition[],
  type: string,
  app: string,
): AnyDefinition {
  const found = definitions.find((definition) => definition.type === type);
  if (found !== undefined) return found;
  const types = definitions.map((definition) => definition.type);
  const near = suggest(type, types);
  const hint =
    near === undefined ? `it has ${types.join(', ') || 'none'}` : `did you mean ${near}?`;
  throw usageFailure(`app '${app}' carries no message ${type}: ${hint}`);
}

function build(
  definition: AnyDefinition,
  data: unknown,
  id: string,
  headers: Readonly<Record<string, string>>,
): Outgoing {
  const construct = definition as unknown as (data: unknown, options: object) => Outgoing;
  return construct(data ?? {}, { id, headers });
}
