import type { Connection } from '@jetlane/core';
import type { Broker } from '../broker.ts';
import type { Stage } from '../stage.ts';
import { WorkAudit } from './audit.ts';
import { Load } from './load.ts';
import type { WorkStreamOptions } from './task.ts';

/** What every run that disturbs workers begins with. */
export interface Work {
  readonly broker: Broker;
  /** For looking at the servers, and for disturbing what they hold. */
  readonly connection: Connection;
  /** The ledger file of all processes. */
  readonly path: string;
  readonly load: Load;
  readonly audit: WorkAudit;
}

/** Starts servers, makes the stream, and opens the ledger. Keys take turns, 16 of them by default. */
export async function openWork(
  stage: Stage,
  options: Omit<WorkStreamOptions, 'replicas'> & { readonly keys?: number } = {},
): Promise<Work> {
  const broker = await stage.broker();
  const connection = await stage.connection(broker);
  const path = stage.file('ledger.jsonl');
  const load = await Load.open(stage, broker, { keys: 16, ...options, ledger: path });
  return { broker, connection, path, load, audit: new WorkAudit(stage, path) };
}
