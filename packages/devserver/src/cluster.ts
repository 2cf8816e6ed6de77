/**
 * Several servers that form one JetStream cluster on this machine.
 *
 * A cluster listens long before it works: its meta group elects a leader, then the leader has to hear from each
 * peer before it places a replica there. Ready is what a user sees: the leader counts every peer as current, and
 * a stream with a replica on every server could be created (and was removed again).
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './ask.ts';
import { DevserverError } from './error.ts';
import { findServerOnce } from './find.ts';
import { isPortClash } from './nats-server.ts';
import { freePort } from './port.ts';
import type { Server, ServerOptions } from './server.ts';
import { launchServer } from './start.ts';

/** What `startCluster` accepts; everything has a default. */
export interface ClusterOptions
  extends Pick<ServerOptions, 'host' | 'config' | 'log' | 'binary' | 'timeoutMs'> {
  /** Number of servers, 2 to 9. Default 3. */
  readonly size?: number;
  /** Directory with one store for each server (`n1`, `n2`, ...), kept. Default: temporary ones. */
  readonly store?: string;
  /**
   * For a proxy between the servers: the address through which server `from` reaches the route of server `to` (`route`),
   * counted from 0, as `nats://127.0.0.1:20123`. With it servers do not tell each other of ways around it. Asked once for
   * each pair, again when a port was taken. Default: the route itself.
   */
  readonly routeVia?: (from: number, to: number, route: string) => Promise<string>;
}

/** A running cluster. */
export interface Cluster extends AsyncDisposable {
  /** Each can be killed, paused and restarted by itself. Its restart resolves when it listens: see `ready`. */
  readonly servers: readonly Server[];
  /** One for each server, for a client's `servers` option. */
  readonly urls: readonly string[];
  /**
   * Resolves when the servers that run have a leader that counts them all as current. After the leader was
   * killed that takes an election: 4 to 9 s.
   * @throws DevserverError when it takes longer than `timeoutMs`, or at once when no majority of the servers runs.
   */
  ready(): Promise<void>;
  /** Ends all servers in order and removes temporary stores. Again is fine. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const ASK_TIMEOUT_MS = 2_000;
const PORT_TRIES_MAX = 5;
const REPLICAS_MAX = 5;
/** What servers warn of whenever a cluster forms. */
const FORMING = /route|routing|meta leader|metalayer|\[_meta_\]/i;
const TRIAL = 'JETLANE_DEVSERVER_TRIAL';
/** Nobody listens on the port of discard: a server that is told of this address gives up at once. */
const NOWHERE = '127.0.0.1:9';

/**
 * Starts a cluster and resolves when a stream with a replica on every server can be created at once.
 *
 * @throws DevserverError as `startServer` does; also when the cluster is not ready within `timeoutMs` (default
 * 60 000 here). Nothing is left running then.
 * @example
 * await using cluster = await startCluster();
 * const connection = await connect({ servers: [...cluster.urls] });
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { size = 3, log = () => {} } = options;
  if (!Number.isInteger(size) || size < 2 || size > 9) {
    throw new DevserverError(
      `startCluster: size is ${size}, expected an integer from 2 to 9 (startServer starts one)`,
    );
  }
  const binary = options.binary ?? (await findServerOnce({ log }));
  const servers = await launchAll({ ...options, size, binary });
  const cluster = new RunningCluster(servers, options.timeoutMs ?? TIMEOUT_MS);
  try {
    await cluster.ready();
    // Accounts of the user's own may not let us create a stream; the peers are current, at least.
    if (options.config === undefined) await cluster.tryReplicas(Math.min(size, REPLICAS_MAX));
    return cluster;
  } catch (cause) {
    await cluster.stop();
    throw cause;
  }
}

class RunningCluster implements Cluster {
  readonly servers: readonly Server[];
  readonly urls: readonly string[];
  readonly #timeoutMs: number;

  constructor(servers: readonly Server[], timeoutMs: number) {
    this.servers = servers;
    this.urls = servers.map((server) => server.url);
    this.#timeoutMs = timeoutMs;
  }

  ready(): Promise<void> {
    return this.#until('has no leader that counts every running server as current', async () => {
      const running = this.#majority();
      const views = await Promise.all(running.map(readMetaGroup));
      const leads = this.servers.findIndex((_, i) => views[0]?.leader === nameOf(i));
      const leader = views[running.indexOf(this.servers[leads] as Server)];
      if (leader === undefined || views.some((view) => view?.leader !== leader.leader)) {
        return false;
      }
      return leader.current >= running.length - 1;
    });
  }

  /** Creates a stream with that many replicas and removes it again. */
  async tryReplicas(replicas: number): Promise<void> {
    const body = JSON.stringify({
      name: TRIAL,
      subjects: [TRIAL],
      storage: 'memory',
      num_replicas: replicas,
    });
    const call = (action: string, text: string) => this.#call(`$JS.API.STREAM.${action}`, text);
    await this.#until(`cannot place a stream with ${replicas} replicas`, () =>
      call(`CREATE.${TRIAL}`, body),
    );
    await this.#until('cannot remove the trial stream', () => call(`DELETE.${TRIAL}`, ''));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #majority(): Server[] {
    const running = this.servers.filter((server) => server.running);
    if (running.length > this.servers.length / 2) return running;
    throw new DevserverError(
      `the cluster ${this.urls.join(', ')} has ${running.length} of ${this.servers.length} servers running, a majority is needed: restart one first`,
    );
  }

  async #call(subject: string, body: string): Promise<boolean> {
    const server = this.servers[0];
    if (server === undefined) return false;
    const question = { subject, body, timeoutMs: ASK_TIMEOUT_MS };
    const host = new URL(server.url).hostname.replace(/^\[|\]$/g, '');
    const answer = await ask(host, server.port, question).catch(() => undefined);
    const reply = answer?.reply;
    if (reply === undefined) return false;
    // Asked again after an answer that was lost: it is done already.
    return !/"error" *:/.test(reply) || /"err_code" *: *10059/.test(reply);
  }

  async #until(problem: string, condition: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + this.#timeoutMs;
    while (!(await condition())) {
      if (Date.now() > until) {
        throw new DevserverError(
          `the cluster ${this.urls.join(', ')} ${problem} after ${this.#timeoutMs} ms`,
        );
      }
      await delay(POLL_MS);
    }
  }
}

async function launchAll(
  options: ClusterOptions & { size: number; binary: NonNullable<ClusterOptions['binary']> },
): Promise<Server[]> {
  for (let tries = 1; ; tries++) {
    const started = await launchOnce(options);
    const failed = started.find((result) => result.status === 'rejected');
    const servers = started.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : []));
    if (failed === undefined) return servers;
    await Promise.all(servers.map((server) => server.stop()));
    if (!isPortClash(failed.reason) || tries >= PORT_TRIES_MAX) throw failed.reason;
  }
}

async function launchOnce(
  options: Parameters<typeof launchAll>[0],
): Promise<PromiseSettledResult<Server>[]> {
  const { size, store, timeoutMs: _, log = () => {}, routeVia, ...others } = options;
  const shared = {
    ...others,
    monitor: true,
    log: (line: string) => {
      if (!FORMING.test(line)) log(line);
    },
  };
  const host = options.host ?? '127.0.0.1';
  const address = host.includes(':') ? `[${host}]` : host;
  const ports = await Promise.all(Array.from({ length: size }, () => freePort(host)));
  const routes = ports.map((port) => `nats://${address}:${port}`);
  const starts = routes.map(async (route, i) => {
    const name = nameOf(i);
    const own = store === undefined ? {} : { store: join(store, name) };
    const peers = await peersOf(i, routes, routeVia);
    const args = ['--cluster_name', 'jetlane', '--cluster', route, '--routes', peers.join(',')];
    if (routeVia !== undefined) args.push('--cluster_advertise', NOWHERE);
    return launchServer({ ...shared, ...own, name }, { args, clustered: true });
  });
  return Promise.allSettled(starts);
}

async function peersOf(
  from: number,
  routes: readonly string[],
  via: ClusterOptions['routeVia'],
): Promise<readonly string[]> {
  if (via === undefined) return routes;
  const peers = routes.map((route, to) => ({ route, to })).filter(({ to }) => to !== from);
  return Promise.all(peers.map(({ route, to }) => via(from, to, route)));
}

function nameOf(index: number): string {
  return `n${index + 1}`;
}

/** One server's view of the group that keeps the cluster's streams. */
interface MetaGroup {
  /** Name of the leader. */
  readonly leader: string;
  /** How many other servers are current; only the leader knows. */
  readonly current: number;
}

async function readMetaGroup(server: Server): Promise<MetaGroup | undefined> {
  try {
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const response = await fetch(`${server.monitorUrl}/jsz`, { signal });
    const { meta_cluster: group } = (await response.json()) as {
      meta_cluster?: { leader?: string; replicas?: { current?: boolean; offline?: boolean }[] };
    };
    if (!group?.leader) return undefined;
    const replicas = group.replicas ?? [];
    const current = replicas.filter((peer) => peer.current && !peer.offline).length;
    return { leader: group.leader, current };
  } catch {
    return undefined; // it does not answer yet
  }
}
