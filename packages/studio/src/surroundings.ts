import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { KnownApps } from './apps/known-apps.ts';
import type { CommandTarget } from './messages/shell-command.ts';
import type { Nats } from './nats.ts';
import type { SharedLooks } from './shared-look.ts';
import type { Sampler } from './snapshot/sampler.ts';
import { domainOf } from './snapshot/view-snapshot.ts';
import type { DeadLettersAnswer, PartitionsAnswer } from './wire.ts';

/** What a Node server hands to the studio beside a request; nothing where there is none. */
export interface StudioEnv {
  Bindings: Partial<HttpBindings>;
}

/** The studio as something that can be mounted. */
export type StudioApp = Hono<StudioEnv>;

/** A request to the studio. */
export type StudioContext = Context<StudioEnv>;

/** What answers are made from. */
export interface Surroundings {
  readonly nats: Nats;
  readonly apps: KnownApps;
  readonly sampler: Sampler;
  readonly partitions: SharedLooks<PartitionsAnswer>;
  /** By dead letter stream. */
  readonly letterGroups: SharedLooks<DeadLettersAnswer>;
}

/** Where commands for a terminal are to go. */
export function commandTarget({ connection }: Nats): CommandTarget {
  return { address: connection.nc.getServer(), domain: domainOf(connection.apiPrefix) };
}
