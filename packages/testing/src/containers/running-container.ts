/** A container that was started: what can be done to it. */
import { JetlaneError } from '@jetlane/core';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { greeting } from './greeting.ts';
import type { NatsContainer } from './nats-container.ts';

/** What a running container is made of. */
export interface RunningParts {
  readonly host: string;
  readonly port: number;
  readonly monitorPort: number | undefined;
  readonly image: string;
  readonly version: string;
  readonly timeoutMs: number;
  readonly started: StartedTestContainer;
  readonly container: ReturnType<ContainerRuntimeClient['container']['getById']>;
}

/** See {@link NatsContainer}. */
export class RunningContainer implements NatsContainer {
  readonly url: string;
  readonly port: number;
  readonly monitorUrl: string | undefined;
  readonly image: string;
  readonly version: string;
  readonly containerId: string;
  readonly #parts: RunningParts;
  #stopped = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: RunningParts) {
    const { host, port, monitorPort, image, version, started } = parts;
    this.url = `nats://${host}:${port}`;
    this.port = port;
    this.monitorUrl = monitorPort === undefined ? undefined : `http://${host}:${monitorPort}`;
    this.image = image;
    this.version = version;
    this.containerId = started.getId();
    this.#parts = parts;
  }

  stop(): Promise<void> {
    return this.#next('stop', async () => {
      if (this.#stopped) return;
      await this.#thaw();
      await this.#parts.started.stop({ timeout: STOP_MS });
      this.#stopped = true;
    });
  }

  kill(): Promise<void> {
    return this.#next('kill', () => this.#end());
  }

  restart(): Promise<void> {
    return this.#next('restart', async () => {
      const { container, host, port, timeoutMs } = this.#parts;
      await this.#end();
      await container.start();
      await greeting(host, port, timeoutMs);
    });
  }

  pause(): Promise<void> {
    return this.#next('pause', () => this.#parts.container.pause());
  }

  resume(): Promise<void> {
    return this.#next('resume', () => this.#parts.container.unpause());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(): Promise<void> {
    const { container } = this.#parts;
    await this.#thaw();
    const { State } = await container.inspect();
    if (State.Running) await container.kill();
    // Docker says that it is killed a moment before it is gone.
    await container.wait();
  }

  /** A frozen process takes no signal. */
  async #thaw(): Promise<void> {
    const { container } = this.#parts;
    const { State } = await container.inspect();
    if (State.Paused) await container.unpause();
  }

  /** One call after another, each with words of its own when it fails. */
  #next(doing: string, work: () => Promise<unknown>): Promise<void> {
    const turn = this.#last.then(work).then(
      () => {},
      (cause: Error) => {
        throw new JetlaneError(
          'SERVER_START_FAILED',
          `could not ${doing} the container of ${this.image} (${cause.message})${this.#stopped ? ': it was stopped and removed' : ''}`,
          { cause },
        );
      },
    );
    this.#last = turn.catch(() => {});
    return turn;
  }
}

const STOP_MS = 5_000;
