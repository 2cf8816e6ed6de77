/** Starts one nats-server in a container. */
import { JetlaneError } from '@jetlane/core';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { greeting } from './greeting.ts';
import { hostPort } from './host-port.ts';
import { RunningContainer } from './running-container.ts';
import { containerEngine, testcontainers } from './testcontainers.ts';

/** The image that is run where none is named: a release of nats-server that Jetlane is tested with. */
export const NATS_IMAGE = 'nats:2.15.1-alpine';

/** What {@link startNatsContainer} accepts; everything has a default. */
export interface NatsContainerOptions {
  /** An image whose entry point is nats-server, 2.14 or later. Default {@link NATS_IMAGE}. */
  readonly image?: string;
  /** Default true. Streams live in the container and end with it. */
  readonly jetstream?: boolean;
  /** More configuration in nats-server's own format, for example accounts or JetStream limits. Default: none. */
  readonly config?: string;
  /** The server's name. Default: nats-server's own choice. */
  readonly name?: string;
  /** Also serve nats-server's monitoring pages: see `monitorUrl`. Default false. */
  readonly monitor?: boolean;
  /** Receives what nats-server writes, a line each, until it is stopped or killed for the first time. Default: silent. */
  readonly log?: (line: string) => void;
  /** For a start, the pull of the image aside. Default 60 000. */
  readonly timeoutMs?: number;
}

/**
 * A nats-server in a container: what `startServer` of `@jetlane/devserver` gives, for where Docker is what there is. Calls of its
 * methods run one after another.
 */
export interface NatsContainer extends AsyncDisposable {
  /** For clients, for example `nats://127.0.0.1:20123`. Stays the same across restarts. */
  readonly url: string;
  readonly port: number;
  /** Base of the monitoring pages; undefined when they were not asked for. */
  readonly monitorUrl: string | undefined;
  readonly image: string;
  /** Of nats-server, for example `2.15.1`. */
  readonly version: string;
  /** Docker's name for the container. */
  readonly containerId: string;
  /** Ends it in order and removes the container. Again is fine. */
  stop(): Promise<void>;
  /** Ends it as a crash would (kill -9); its streams stay. Again is fine. */
  kill(): Promise<void>;
  /**
   * Kills it if it runs, starts it on the same port and streams, and resolves when it is ready.
   * @throws JetlaneError `SERVER_START_FAILED`
   */
  restart(): Promise<void>;
  /**
   * Freezes it: from then on nothing answers, and connections stay open.
   * @throws JetlaneError `SERVER_START_FAILED` when it does not run
   */
  pause(): Promise<void>;
  /**
   * Lets it go on after `pause()`.
   * @throws JetlaneError `SERVER_START_FAILED` when it is not paused
   */
  resume(): Promise<void>;
}

/**
 * Starts a nats-server in a container and resolves when clients can use it.
 *
 * Its port is on this machine's loopback only, where the engine runs on this machine. Testcontainers removes the container
 * when this process ends, in whatever way, unless its reaper is switched off.
 *
 * @throws JetlaneError `SERVER_START_FAILED` when testcontainers is not installed, no engine answers, the image cannot be had,
 *   or the server does not start: what it wrote last is in the message; `CONFIG_INVALID` listing every problem of the options
 * @example
 * await using server = await startNatsContainer();
 * await using client = await connect({ servers: server.url });
 */
export async function startNatsContainer(
  options: NatsContainerOptions = {},
): Promise<NatsContainer> {
  check(options);
  const { image = NATS_IMAGE, timeoutMs = 60_000 } = options;
  const engine = await containerEngine();
  const host = LOCAL.includes(engine.info.containerRuntime.host)
    ? '127.0.0.1'
    : engine.info.containerRuntime.host;
  for (let tries = 1; ; tries++) {
    const made: Made = { id: undefined, wrote: [] };
    const port = await hostPort();
    const monitorPort = options.monitor ? await hostPort() : undefined;
    try {
      const started = await launch({ options, image, timeoutMs, host, port, monitorPort, made });
      const { version } = await greeting(host, port, timeoutMs);
      const container = engine.container.getById(started.getId());
      const place = { host, port, monitorPort, image, timeoutMs };
      return new RunningContainer({ ...place, started, container, version });
    } catch (cause) {
      const last = await remains(engine, made);
      if (isPortClash(cause) && tries < TRIES_MAX) continue;
      throw failure(image, last, cause as Error);
    }
  }
}

/** The container, once there is one, and what its server wrote so far: it may be gone when that is asked for. */
interface Made {
  id: string | undefined;
  readonly wrote: string[];
}

interface Launch {
  readonly options: NatsContainerOptions;
  readonly image: string;
  readonly timeoutMs: number;
  readonly host: string;
  readonly port: number;
  readonly monitorPort: number | undefined;
  readonly made: Made;
}

const LOCAL: readonly string[] = ['localhost', '127.0.0.1', '::1'];
const CLIENT_PORT = 4222;
const MONITOR_PORT = 8222;
const CONFIG_PATH = '/tmp/jetlane.conf';
const TRIES_MAX = 5;
const LAST_LINES_MAX = 5;
const HEADER_BYTES = 8;
const LENGTH_AT = 4;

const OPTIONS: readonly string[] = [
  'image',
  'jetstream',
  'config',
  'name',
  'monitor',
  'log',
  'timeoutMs',
];

function check(options: NatsContainerOptions): void {
  const { image = NATS_IMAGE, timeoutMs = 1 } = options;
  const problems = Object.keys(options)
    .filter((name) => !OPTIONS.includes(name))
    .map((name) => `there is no option ${name}: expected ${OPTIONS.join(', ')}`);
  if (typeof image !== 'string' || !/^\S+$/.test(image)) {
    problems.push(`image must be the name of an image such as ${NATS_IMAGE}, not "${image}"`);
  }
  if (!(timeoutMs > 0)) problems.push(`timeoutMs must be a positive number, not ${timeoutMs}`);
  if (problems.length > 0) {
    throw new JetlaneError('CONFIG_INVALID', `startNatsContainer(): ${problems.join('; ')}`);
  }
}

/** Testcontainers publishes ports on all addresses of the machine; a server without a password has no business there. */
async function launch(start: Launch): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await testcontainers();
  const { options, image, timeoutMs, host, port, monitorPort, made } = start;
  class NatsOnLoopback extends GenericContainer {
    protected override async containerCreated(id: string): Promise<void> {
      made.id = id;
    }

    protected override async beforeContainerCreated(): Promise<void> {
      if (host !== '127.0.0.1') return;
      for (const bindings of Object.values(this.hostConfig.PortBindings ?? {}))
        for (const binding of bindings as { HostIp?: string }[]) binding.HostIp = host;
    }
  }
  const ports = [{ container: CLIENT_PORT, host: port }];
  if (monitorPort !== undefined) ports.push({ container: MONITOR_PORT, host: monitorPort });
  const { config, log } = options;
  const container = new NatsOnLoopback(image)
    .withCommand(commandOf(options))
    .withExposedPorts(...ports)
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .withStartupTimeout(timeoutMs)
    .withLogConsumer((stream) => {
      stream.on('data', (data: Buffer) => {
        for (const line of linesOf(data.toString())) {
          log?.(line);
          made.wrote.push(line);
          if (made.wrote.length > LAST_LINES_MAX) made.wrote.shift();
        }
      });
    });
  if (config) container.withCopyContentToContainer([{ content: config, target: CONFIG_PATH }]);
  return container.start();
}

function commandOf({ jetstream = true, config, name, monitor }: NatsContainerOptions): string[] {
  return [
    ...(config ? ['--config', CONFIG_PATH] : []),
    ...['--port', String(CLIENT_PORT)],
    ...(jetstream ? ['--jetstream', '--store_dir', '/data'] : []),
    ...(name === undefined ? [] : ['--name', name]),
    ...(monitor ? ['--http_port', String(MONITOR_PORT)] : []),
  ];
}

/** What a container that did not start wrote last; the container goes. */
async function remains(engine: ContainerRuntimeClient, { id, wrote }: Made): Promise<string[]> {
  if (id === undefined) return [];
  const container = engine.container.getById(id);
  try {
    const output: Buffer = await container.logs({
      stdout: true,
      stderr: true,
      tail: LAST_LINES_MAX,
    });
    return linesOf(textOf(output));
  } catch {
    return wrote; // Testcontainers has removed it
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}

/** Docker sends pieces, each behind eight bytes that say how long it is. */
function textOf(output: Buffer): string {
  let text = '';
  for (let at = 0; at + HEADER_BYTES <= output.length; ) {
    const end = at + HEADER_BYTES + output.readUInt32BE(at + LENGTH_AT);
    text += output.toString('utf8', at + HEADER_BYTES, end);
    at = end;
  }
  return text;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function isPortClash(cause: unknown): boolean {
  return /address already in use|port is already allocated/i.test(String(cause));
}

function failure(image: string, last: readonly string[], cause: Error): JetlaneError {
  const words = last.length === 0 ? '' : `; it wrote: ${last.join(' | ')}`;
  return new JetlaneError(
    'SERVER_START_FAILED',
    `the container of ${image} did not start (${cause.message})${words}; \`docker pull ${image}\` shows whether the image can be had`,
    { cause },
  );
}
