/** Where one run takes place: servers, processes, files and chance, all of which end with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, open } from '@jetlane/core';
import { type Cleanup, cleanup } from '@jetlane/devserver';
import { seededRandom } from '@jetlane/testing';
import { type Actor, startActor } from './actor.ts';
import { type Broker, type BrokerOptions, startBroker } from './broker.ts';
import type { Nodes, Size } from './fault.ts';
import { Interrupted, RunFailure } from './run-failure.ts';

/** What a stage is made for. */
export interface StageOptions {
  readonly seed: number;
  readonly size: Size;
  readonly nodes: Nodes;
  /** Ends the run: Ctrl-C, or its time is over. */
  readonly signal: AbortSignal;
  /** Gets what happens, a line each. */
  readonly say: (line: string) => void;
}

/** See the head of this file. */
export class Stage {
  readonly seed: number;
  readonly size: Size;
  readonly nodes: Nodes;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** All chance of the run that is its own: the same seed makes the same decisions in the same order. */
  readonly random: () => number;
  /** A directory that ends with the run. */
  readonly folder: string;
  /** The nats-server that runs, once one does. */
  serverVersion: string | undefined;
  readonly #cleanup: Cleanup = cleanup();
  #closed = false;

  /** Opens a stage; `close` ends all that was started on it. */
  static async open(options: StageOptions): Promise<Stage> {
    return new Stage(options, await mkdtemp(join(tmpdir(), 'jetlane-chaos-')));
  }

  private constructor({ seed, size, nodes, signal, say }: StageOptions, folder: string) {
    this.seed = seed;
    this.size = size;
    this.nodes = nodes;
    this.signal = signal;
    this.say = say;
    this.random = seededRandom(seed);
    this.folder = folder;
    this.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  }

  /** Starts one server, or a cluster of three: as many as the run is for. */
  async broker(options: BrokerOptions = {}): Promise<Broker> {
    const broker = await startBroker(this.nodes, options);
    this.defer(() => broker.stop());
    this.serverVersion = broker.servers[0]?.binary.version;
    return broker;
  }

  /** A connection of the stage's own, for looking at what the servers hold. */
  async connection(broker: Broker): Promise<Connection> {
    const connection = await open({ servers: broker.urls });
    this.defer(() => connection.nc.close());
    return connection;
  }

  /** Starts a process of ours (a built module of `actors/`) and resolves once it says that it is ready. */
  async actor(module: URL, options: object): Promise<Actor> {
    const actor = startActor(module, options, this.say);
    this.defer(() => actor.kill());
    await actor.ready;
    return actor;
  }

  /** The path of a file in the stage's folder. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Undone when the run ends, last first, however it ends. */
  defer(undo: () => Promise<void>): void {
    this.#cleanup.add(undo);
    // Something was still starting when the run was interrupted.
    if (this.#closed) void this.close();
  }

  /** A whole number from `least` to `most`, by the seed. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  /** One of these, by the seed. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RunFailure('there is nothing to pick from');
    return choices[this.between(0, choices.length - 1)] as T;
  }

  /** Waits. */
  async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => {
      throw new Interrupted('interrupted');
    });
  }

  /**
   * Waits until a condition holds.
   *
   * @throws RunFailure naming `what` when it does not after `deadlineMs`
   */
  async until(
    condition: () => boolean | Promise<boolean>,
    deadlineMs: number,
    what: string | (() => string),
  ): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    while (!(await condition())) {
      if (performance.now() > endMs)
        throw new RunFailure(
          `not within ${deadlineMs} ms: ${typeof what === 'string' ? what : what()}`,
        );
      await this.pause(POLL_MS);
    }
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#cleanup.run((error) => this.say(`while cleaning up: ${(error as Error).message}`));
  }
}

const POLL_MS = 10;
