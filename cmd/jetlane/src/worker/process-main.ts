/**
 * One worker process: what `jetlane worker` forks. It is told by its supervisor what to load, says what it loaded, starts
 * when told, reports once a second, and drains on request, on SIGTERM, or when its supervisor is gone.
 */
import { channel } from 'node:diagnostics_channel';
import {
  type BuryEvent,
  type Client,
  collect,
  connect,
  diagnostics,
  type Runnable,
  workerSpec,
} from '@jetlane/core';
import { loadApp } from '../app/load-app.ts';
import { selectWorkers } from '../app/select-workers.ts';
import { Failure, messageOf } from '../failure.ts';
import { startAlarms } from './alarms.ts';
import type { FromProcess, Report, ToProcess } from './protocol.ts';
import { startTally } from './tally.ts';

type Load = Extract<ToProcess, { jetlane: 'load' }>;

const REPORT_MS = 1000;
const STATE_TIMEOUT_MS = 900;
const DRAIN_MS = 25_000;

const BURIAL_EVERY_MS = 1_000;
const burialToldMs = new Map<string, number>();
const tally = startTally();
const states = new Map<string, { readonly lag: number; readonly ackPending: number }>();
let loaded:
  | { readonly name: string; readonly parts: readonly Runnable[]; readonly load: Load }
  | undefined;
let client: Client | undefined;
let ending: Promise<void> | undefined;
let reporting: NodeJS.Timeout | undefined;

process.on('message', (message: ToProcess) => {
  if (message.jetlane === 'load') attempt(load(message));
  else if (message.jetlane === 'start') attempt(start());
  else if (message.jetlane === 'drain') drain(message.timeoutMs);
});
// Ctrl-C reaches every process of the terminal: the supervisor says what is to happen.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => drain(DRAIN_MS));
process.on('disconnect', () => drain(DRAIN_MS));

async function load(message: Load): Promise<void> {
  const { app } = await loadApp(message.app);
  const topology = collect([app]);
  const workers = selectWorkers(app.name, topology.workers, message.choice);
  const parts = [...topology.streams, ...workers];
  for (const { name, stream } of workers.map(workerSpec)) tally.expect(name, stream.name);
  loaded = { name: app.name, parts, load: message };
  say({ jetlane: 'loaded', app: app.name, workers: workers.map(({ name }) => name) });
}

async function start(): Promise<void> {
  if (loaded === undefined || ending !== undefined) return;
  const { name, parts, load } = loaded;
  diagnostics.reconnect.subscribe((event) => {
    const { connected, server } = event as { connected: boolean; server: string };
    say({ jetlane: 'connection', connected, server });
  });
  diagnostics.fail.subscribe((event) => {
    const { worker, error } = event as { worker: string; error: Error };
    say({ jetlane: 'failed', worker, message: messageOf(error) });
  });
  diagnostics.bury.subscribe((event) => tellBurial(event as BuryEvent));
  startAlarms((line) => process.stderr.write(`${line}\n`));
  const opened = await connect({ ...load.server, source: name });
  client = opened;
  if (ending !== undefined) return;
  await opened.start(...parts);
  reporting = setInterval(report, REPORT_MS);
  reporting.unref();
  say({ jetlane: 'ready' });
}

/** A message that was given up on is said at once, one a second for each worker: a poisoned stream must not flood the log. */
function tellBurial({ worker, subject, attempt, reason, error }: BuryEvent): void {
  if (performance.now() - (burialToldMs.get(worker) ?? Number.NEGATIVE_INFINITY) < BURIAL_EVERY_MS)
    return;
  burialToldMs.set(worker, performance.now());
  process.stderr.write(
    `${worker}: gave up on ${subject} after ${attempt} attempts, ${reason}: ${messageOf(error)}; what is kept of it is in 'jetlane dlq ls'\n`,
  );
}

function report(): void {
  say({ jetlane: 'report', report: withStates(tally.take()) });
  void askStates();
}

/** A worker that stands still delivers nothing, so the server is asked how far it is behind. */
async function askStates(): Promise<void> {
  for (const worker of client?.workers ?? []) {
    const late = new Promise<undefined>((resolve) =>
      setTimeout(resolve, STATE_TIMEOUT_MS, undefined).unref(),
    );
    const state = await Promise.race([worker.state().catch(() => undefined), late]);
    if (state === undefined) states.delete(worker.name);
    else states.set(worker.name, state);
  }
}

function withStates(given: Report): Report {
  const workers = given.workers.map((each) => {
    const state = states.get(each.worker);
    return state === undefined ? each : { ...each, lag: state.lag, ackPending: state.ackPending };
  });
  return { ...given, workers };
}

function drain(timeoutMs: number): void {
  ending ??= end(timeoutMs);
}

async function end(timeoutMs: number): Promise<void> {
  let exitCode = 0;
  try {
    await client?.close({ timeout: `${Math.max(1, Math.round(timeoutMs))}ms` });
  } catch (error) {
    exitCode = 1;
    process.stderr.write(`while draining: ${messageOf(error)}\n`);
  }
  clearInterval(reporting);
  // The application's last word: what it sends to the supervisor here still arrives.
  channel('jetlane:drained').publish({});
  say({ jetlane: 'report', report: withStates(tally.take()) });
  await said({ jetlane: 'drained' });
  process.exit(exitCode);
}

function attempt(work: Promise<void>): void {
  work.catch(async (error: unknown) => {
    if (ending !== undefined) return;
    const exitCode = error instanceof Failure ? error.exitCode : 1;
    const cause = error instanceof Failure && error.cause !== undefined ? error.cause : error;
    const stack = cause instanceof Error ? cause.stack : undefined;
    await said({
      jetlane: 'fatal',
      message: messageOf(error),
      exitCode,
      ...(stack === undefined ? {} : { stack }),
    });
    process.exit(exitCode);
  });
}

function say(message: FromProcess): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function said(message: FromProcess): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
