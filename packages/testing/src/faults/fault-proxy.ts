/**
 * Stands between clients and a server and makes their network bad on purpose. Plain TCP, except that it reads enough of
 * the NATS protocol to find PubAcks.
 */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { JetlaneError } from '@jetlane/core';
import { seededRandom } from '../random.ts';
import { type AckDropOptions, AckDrops, ackDropProblems, unknownNames } from './ack-drops.ts';
import { AckFilter } from './ack-filter.ts';
import { Pipe, type Weather } from './pipe.ts';

/** What {@link startFaultProxy} needs. */
export interface FaultProxyOptions {
  /** Where connections go: the `url` of a server, or `host:port`. It need not run yet. */
  readonly target: string;
  /** Port for clients, on 127.0.0.1. Default 0: a free one. */
  readonly port?: number;
  /** Of all chance: jitter and dropped replies. Default 1. */
  readonly seed?: number;
  /** Most that waits in each direction of each connection before its sender has to wait. Default 1 MiB. */
  readonly bufferMaxBytes?: number;
}

/** `toServer`: what clients send. `toClient`: what the server sends. */
export type FaultDirection = 'toServer' | 'toClient' | 'both';

/** What the faults did so far: the proof that they bit. Only ever grows. */
export interface FaultCounts {
  /** Connections that clients opened, and that were passed on to the server. */
  readonly connections: number;
  /** Connections reset as soon as they came. */
  readonly refused: number;
  /** Connections that were reset (RST), and that were closed (FIN), in the middle. */
  readonly resets: number;
  readonly cuts: number;
  /** Chunks that had to wait for a delay or a throttle. */
  readonly delayedChunks: number;
  /** Bytes that came while nothing was forwarded. */
  readonly heldBytes: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  /** PubAcks that the server sent, the dropped ones included. */
  readonly acks: number;
  readonly droppedAcks: number;
  /** Connections whose bytes are no NATS protocol, TLS for example: no ack is found on them. */
  readonly unreadable: number;
}

/**
 * Starts a proxy that does nothing wrong yet. Clients connect to its `url`.
 *
 * @throws JetlaneError `CONFIG_INVALID` listing every problem of the options; the system's own error when the port is in
 * use
 * @example
 * await using server = await startServer();
 * await using proxy = await startFaultProxy({ target: server.url });
 * const client = await connect({ servers: proxy.url });
 * proxy.dropAcks({ every: 3, copies: 'first' });
 * await client.publish(orders);
 * expect(proxy.counts.droppedAcks).toBeGreaterThan(0);
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { port = 0, seed = 1, bufferMaxBytes = 2 ** 20 } = options;
  const target = /^(?:[a-z]+:\/\/)?(\[[^\]]+\]|[^:/\s]+):(\d+)\/?$/.exec(options.target);
  const problems = unknownNames(options, ['target', 'port', 'seed', 'bufferMaxBytes']);
  if (target === null)
    problems.push(`target must be as nats://127.0.0.1:4222 or host:port, not ${options.target}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push(`port must be a whole number from 0 to 65535, not ${port}`);
  if (!Number.isInteger(seed)) problems.push(`seed must be a whole number, not ${seed}`);
  if (!(bufferMaxBytes >= 1))
    problems.push(`bufferMaxBytes must be 1 or more, not ${bufferMaxBytes}`);
  refuse('startFaultProxy', problems);
  const host = (target?.[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  const proxy = new FaultProxy({ host, targetPort: Number(target?.[2]), seed, bufferMaxBytes });
  await proxy.listen(port);
  return proxy;
}

interface Settled {
  readonly host: string;
  readonly targetPort: number;
  readonly seed: number;
  readonly bufferMaxBytes: number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly pipes: readonly Pipe[];
}

/** See {@link startFaultProxy}. Faults hold for open and for new connections, together, until `heal()`. */
export class FaultProxy implements AsyncDisposable {
  readonly #settled: Settled;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #random: () => number;
  readonly #weather = { toServer: fair(), toClient: fair() };
  readonly #counts = noCounts();
  #drops: AckDrops | undefined;
  #refusing = false;
  #port = 0;

  /** @internal */
  constructor(settled: Settled) {
    this.#settled = settled;
    this.#random = seededRandom(settled.seed);
    this.#listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) =>
      this.#accept(client),
    );
  }

  /** @internal */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(port, '127.0.0.1', resolve);
    });
    this.#port = (this.#listener.address() as { readonly port: number }).port;
  }

  /** For clients, instead of the server's own: `nats://127.0.0.1:<port>`. */
  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** A copy, as of now. */
  get counts(): FaultCounts {
    return { ...this.#counts };
  }

  /** Connections open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /**
   * Holds every chunk back for `delayMs` and up to `jitterMs` more; order is kept. Replaces an earlier delay of that
   * direction. `{ delayMs: 0 }` ends it.
   */
  delay(options: {
    readonly delayMs: number;
    readonly jitterMs?: number;
    readonly direction?: FaultDirection;
  }): void {
    const { delayMs, jitterMs = 0, direction = 'both' } = options;
    const problems = unknownNames(options, ['delayMs', 'jitterMs', 'direction']);
    if (!(delayMs >= 0)) problems.push(`delayMs must be 0 or more, not ${delayMs}`);
    if (!(jitterMs >= 0)) problems.push(`jitterMs must be 0 or more, not ${jitterMs}`);
    refuse('delay', problems);
    this.#set(direction, { delayMs, jitterMs });
  }

  /** Lets no more than this through, each connection for itself. Replaces an earlier throttle of that direction. */
  throttle(options: {
    readonly bytesPerSecond: number;
    readonly direction?: FaultDirection;
  }): void {
    const { bytesPerSecond, direction = 'both' } = options;
    const problems = unknownNames(options, ['bytesPerSecond', 'direction']);
    if (!(bytesPerSecond > 0))
      problems.push(`bytesPerSecond must be positive, not ${bytesPerSecond}`);
    refuse('throttle', problems);
    this.#set(direction, { bytesPerSecond });
  }

  /**
   * Keeps connections open and forwards nothing, nor that a side has gone; new connections open and stay silent. What
   * comes meanwhile waits, within `bufferMaxBytes`, and goes on with `heal()`, as after a network partition. For a
   * connection whose other end is gone for good, call `cut()` or `reset()` before `heal()`.
   */
  halfOpen(options: { readonly direction?: FaultDirection } = {}): void {
    refuse('halfOpen', unknownNames(options, ['direction']));
    this.#set(options.direction ?? 'both', { held: true });
  }

  /**
   * Drops PubAcks: replies to an inbox (`_INBOX.…`) whose payload is `{"stream": …, "seq": …}`. The message is stored,
   * its publisher hears nothing. Replaces an earlier rule. Not with TLS, and not with an inbox prefix of the user's own.
   */
  dropAcks(options: AckDropOptions = {}): void {
    refuse('dropAcks', ackDropProblems(options));
    this.#drops = new AckDrops(options, this.#settled.seed);
  }

  /** Resets new connections as soon as they come. The open ones go on. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Resets every open connection, on both sides (RST): what was under way is gone. Returns how many. */
  reset(): number {
    const pairs = [...this.#pairs];
    this.#counts.resets += pairs.length;
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    return pairs.length;
  }

  /** Closes every open connection, on both sides (FIN): what was under way is gone. Returns how many. */
  cut(): number {
    const pairs = [...this.#pairs];
    this.#counts.cuts += pairs.length;
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    return pairs.length;
  }

  /** Ends all faults. What waits is forwarded at once. */
  heal(): void {
    this.#drops = undefined;
    this.#refusing = false;
    this.#set('both', fair());
  }

  /** Stops listening and closes what is open. Again is fine. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #set(direction: FaultDirection, change: Partial<Weather>): void {
    if (direction !== 'toClient') Object.assign(this.#weather.toServer, change);
    if (direction !== 'toServer') Object.assign(this.#weather.toClient, change);
    for (const { pipes } of this.#pairs) for (const pipe of pipes) pipe.pump();
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      this.#counts.refused++;
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const { host, targetPort, bufferMaxBytes } = this.#settled;
    this.#counts.connections++;
    const server = dial({ host, port: targetPort, noDelay: true, allowHalfOpen: true });
    const common = { random: this.#random, bufferMaxBytes };
    const pipes = [
      new Pipe(client, server, {
        ...common,
        weather: this.#weather.toServer,
        report: this.#report('bytesToServer'),
      }),
      new Pipe(server, client, {
        ...common,
        weather: this.#weather.toClient,
        report: this.#report('bytesToClient'),
        filter: this.#filter(),
      }),
    ];
    const pair = { client, server, pipes };
    this.#pairs.add(pair);
    const gone = () => {
      if (client.destroyed && server.destroyed) this.#pairs.delete(pair);
    };
    client.on('close', gone);
    server.on('close', gone);
  }

  #filter(): AckFilter {
    const counts = this.#counts;
    return new AckFilter({
      drops: (ack) => {
        counts.acks++;
        const drops = this.#drops?.drops(ack) ?? false;
        if (drops) counts.droppedAcks++;
        return drops;
      },
      unreadable: () => {
        counts.unreadable++;
      },
    });
  }

  #report(direction: 'bytesToServer' | 'bytesToClient') {
    const counts = this.#counts;
    return {
      forwarded: (bytes: number) => {
        counts[direction] += bytes;
      },
      delayed: (chunks: number) => {
        counts.delayedChunks += chunks;
      },
      held: (bytes: number) => {
        counts.heldBytes += bytes;
      },
    };
  }
}

function fair(): Weather {
  return { delayMs: 0, jitterMs: 0, bytesPerSecond: undefined, held: false };
}

function noCounts(): { -readonly [Name in keyof FaultCounts]: number } {
  return {
    connections: 0,
    refused: 0,
    resets: 0,
    cuts: 0,
    delayedChunks: 0,
    heldBytes: 0,
    bytesToServer: 0,
    bytesToClient: 0,
    acks: 0,
    droppedAcks: 0,
    unreadable: 0,
  };
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new JetlaneError('CONFIG_INVALID', `${what}: ${problems.join('; ')}`);
}
