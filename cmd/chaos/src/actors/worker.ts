/**
 * A worker process: does its tasks and writes what it did to the ledger of the run. How it behaves, and which tasks are its
 * poison, is said by its options.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  type Context,
  connect,
  type Duration,
  diagnostics,
  type FailEvent,
  type FenceEvent,
  type InboxTx,
  isJetlaneError,
  kvInbox,
  type Message,
  on,
  onBatch,
  type RetryEvent,
  worker,
} from '@jetlane/core';
import { LedgerFile } from '@jetlane/testing';
import { effectKey, INBOX } from '../work/effects.ts';
import { isPoison, type Poison } from '../work/poison.ts';
import {
  DURABLE,
  nowMs,
  partitionedStream,
  Task,
  type WorkStreamOptions,
  workStream,
} from '../work/task.ts';
import { type Cue, play } from './play.ts';

/** What a worker is told. */
export interface WorkerActorOptions {
  readonly urls: readonly string[];
  /** Its ledger file, and what it is called there. */
  readonly ledger: string;
  readonly name: string;
  readonly stream: WorkStreamOptions;
  readonly concurrency: number;
  readonly ackWaitMs: number;
  /** How long a handler takes. */
  readonly handleMs: number;
  readonly attempts?: number;
  readonly retryDelayMs?: number;
  /** Whether effects go to the inbox, in its transaction. Else they go to the ledger. */
  readonly inbox?: boolean;
  /** With an inbox: tasks that are handled and committed together. Default 1. */
  readonly batchSize?: number;
  /** Tasks that misbehave, and how. */
  readonly poison?: Poison;
  /** Latencies are reported apart for tasks before and from this number. */
  readonly latencyFrom?: number;
  /** Tasks below this number are left out. */
  readonly latencySkip?: number;
}

/** What a worker found. */
export interface WorkerReport {
  /** Codes of what kept a message from being settled, and how often. */
  readonly retries: Readonly<Record<string, number>>;
  /** Late results that were refused: of a message that may have been lost, or that another had committed before. */
  readonly fenced: { readonly lost: number; readonly committed: number };
  /** Why it could not go on. */
  readonly failures: readonly string[];
  /** From due to delivered, healthy tasks only: before `latencyFrom`, and from it. */
  readonly before: Latency;
  readonly after: Latency;
}

type TaskMessage = Message<typeof Task>;

/** Of some tasks. */
export interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

await play(work);

async function work(options: WorkerActorOptions, cue: Cue): Promise<WorkerReport> {
  const client = await connect({ servers: options.urls });
  const ledger = new LedgerFile(options.ledger, options.name);
  const latencies = { before: [] as number[], after: [] as number[] };
  const told = listen();
  await client.start(crew(options, ledger, latencies));
  const terminated = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
  });
  cue.ready();
  await Promise.race([cue.finish, terminated, told.failed]);
  await close(client);
  return {
    retries: told.retries,
    fenced: told.fenced,
    failures: told.failures,
    before: latency(latencies.before),
    after: latency(latencies.after),
  };
}

function crew(
  options: WorkerActorOptions,
  ledger: LedgerFile,
  latencies: { readonly before: number[]; readonly after: number[] },
) {
  const {
    attempts = 5,
    retryDelayMs = 200,
    poison,
    latencyFrom = Number.POSITIVE_INFINITY,
    latencySkip = 0,
  } = options;
  const settings = {
    from: workStream(options.stream),
    concurrency: options.concurrency,
    ackWait: ms(options.ackWaitMs),
    retry: { attempts, minDelay: ms(retryDelayMs), maxDelay: ms(retryDelayMs * 10) },
  };
  const handle = async (
    { id, seq, attempt, data: { key, number, dueAtMs } }: TaskMessage,
    context: Context<InboxTx | unknown>,
  ): Promise<void> => {
    const place = { key, seq };
    ledger.began(id, place);
    if (options.handleMs > 0) await delay(options.handleMs);
    if (poison !== undefined && isPoison(number, poison)) {
      const passes = poison.how === 'blocks' || (poison.how === 'throws-once' && attempt > 1);
      if (!passes) ledger.failed(id, place);
      misbehave(options, { number, attempt, attempts }, context);
    }
    if (options.inbox === true) (context.tx as InboxTx).put(effectKey(id, options.name), number);
    else ledger.effect(id);
    ledger.delivered(id, place);
    if (number >= latencySkip)
      (number < latencyFrom ? latencies.before : latencies.after).push(nowMs() - dueAtMs);
  };
  if (options.stream.partitions !== undefined) {
    const from = partitionedStream(options.stream);
    return worker(DURABLE, { ...settings, from, partitioned: true }, [on(Task, handle)]);
  }
  if (options.inbox !== true) return worker(DURABLE, settings, [on(Task, handle)]);
  const { batchSize = 1 } = options;
  const handler =
    batchSize === 1
      ? on(Task, handle)
      : onBatch(Task, { size: batchSize, within: '20ms' }, async (tasks, context) => {
          await Promise.all(tasks.map((task) => handle(task, context)));
        });
  return worker(DURABLE, { ...settings, inbox: kvInbox(INBOX) }, [handler]);
}

/** What poison does; returns when it goes on as others do. */
function misbehave(
  { poison, ackWaitMs }: WorkerActorOptions,
  task: { readonly number: number; readonly attempt: number; readonly attempts: number },
  context: Context,
): void {
  switch (poison?.how) {
    case 'rejects':
      return context.reject('poison');
    case 'blocks':
      if (task.attempt === 1) block(3 * ackWaitMs);
      return;
    case 'throws-once':
      if (task.attempt > 1) return;
      break;
    case 'kills-last':
      if (task.attempt >= task.attempts) process.kill(process.pid, 'SIGKILL');
  }
  throw new Error(`poison ${task.number}`);
}

/** Keeps the event loop from doing anything else. */
function block(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

/** What the library tells of itself. */
function listen() {
  const retries: Record<string, number> = {};
  const fenced = { lost: 0, committed: 0 };
  const failures: string[] = [];
  const failed = new Promise<void>((resolve) => {
    diagnostics.fail.subscribe((event) => {
      const { error } = event as FailEvent;
      failures.push(isJetlaneError(error) ? error.code : error.message);
      resolve();
    });
  });
  diagnostics.retry.subscribe((event) => {
    const { error } = event as RetryEvent;
    const code = isJetlaneError(error) ? error.code : 'HANDLER_FAILED';
    retries[code] = (retries[code] ?? 0) + 1;
  });
  diagnostics.fence.subscribe((event) => {
    const { ids, reason } = event as FenceEvent;
    fenced[reason] += ids.length;
  });
  diagnostics.bury.subscribe(() => {}); // else it warns
  return { retries, fenced, failures, failed };
}

async function close(client: Client): Promise<void> {
  await client.close({ timeout: '25s' });
}

function latency(unsorted: readonly number[]): Latency {
  const sorted = Float64Array.from(unsorted).sort();
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) /
    10;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function ms(value: number): Duration {
  return `${value}ms`;
}
