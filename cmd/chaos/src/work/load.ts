/** Publishes tasks and keeps a ledger of them: in this process, which no fault touches. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect, isJetlaneError } from '@jetlane/core';
import { LedgerFile } from '@jetlane/testing';
import type { Broker } from '../broker.ts';
import type { Stage } from '../stage.ts';
import { nowMs, partitionedStream, Task, type WorkStreamOptions, workStream } from './task.ts';

const CHUNK = 1_000;
const TICK_MS = 2;
const AGAIN_MS = 50;

/** Publishing that goes on until it is stopped. */
export interface SteadyLoad {
  /** Begins no more, and resolves when everything is acknowledged. */
  stop(): Promise<void>;
}

/** See the head of this file. */
export class Load {
  readonly client: Client;
  readonly ledger: LedgerFile;
  readonly #keys: number;
  #next = 0;
  #acked = 0;

  private constructor(client: Client, ledger: LedgerFile, keys: number) {
    this.client = client;
    this.ledger = ledger;
    this.#keys = keys;
  }

  /** Connects and makes the stream. Ids are `t-<number>`; keys take turns. */
  static async open(
    stage: Stage,
    broker: Broker,
    options: Omit<WorkStreamOptions, 'replicas'> & {
      readonly ledger: string;
      readonly keys: number;
    },
  ): Promise<Load> {
    const { ledger, keys, ...rest } = options;
    const client = await connect({ servers: broker.urls, maxInFlight: 1_024 });
    stage.defer(() => client.close({ timeout: '1s' }));
    const wanted = { ...rest, replicas: broker.replicas };
    await client.start(
      wanted.partitions === undefined ? workStream(wanted) : partitionedStream(wanted),
    );
    return new Load(client, new LedgerFile(ledger, 'publisher'), keys);
  }

  /** Begun so far: the number of the next one. */
  get sent(): number {
    return this.#next;
  }

  get acked(): number {
    return this.#acked;
  }

  /** Publishes so many, as fast as it goes, and resolves when they are stored. */
  async publish(count: number): Promise<void> {
    for (let left = count; left > 0; left -= CHUNK) {
      const tasks = Array.from({ length: Math.min(CHUNK, left) }, () => this.#task(nowMs()));
      await this.client.publish(tasks);
      for (const { id } of tasks) this.ledger.acked(id as string);
      this.#acked += tasks.length;
    }
  }

  /** Publishes at a steady rate, whatever happens, until so many are begun or it is stopped. */
  steady(ratePerSecond: number, count = Number.POSITIVE_INFINITY): SteadyLoad {
    const endNumber = this.#next + count;
    const pending = new Set<Promise<void>>();
    let stopped = false;
    const pace = async () => {
      let dueMs = nowMs();
      while (!stopped && this.#next < endNumber) {
        for (; dueMs <= nowMs() && this.#next < endNumber; dueMs += 1_000 / ratePerSecond) {
          const one = this.#one(this.#task(dueMs)).finally(() => pending.delete(one));
          pending.add(one);
        }
        await delay(TICK_MS);
      }
      await Promise.all(pending);
    };
    const paced = pace();
    paced.catch(() => {}); // told by stop()
    return {
      stop: () => {
        stopped = count === Number.POSITIVE_INFINITY;
        return paced;
      },
    };
  }

  async #one(task: ReturnType<typeof Task>): Promise<void> {
    for (;;) {
      try {
        await this.client.publish(task);
        this.ledger.acked(task.id as string);
        this.#acked++;
        return;
      } catch (error) {
        if (!isJetlaneError(error) || !error.retryable) throw error;
        await delay(AGAIN_MS);
      }
    }
  }

  #task(dueAtMs: number) {
    const number = this.#next++;
    const task = Task({ key: `k${number % this.#keys}`, number, dueAtMs }, { id: `t-${number}` });
    this.ledger.sent(task.id as string);
    return task;
  }
}
