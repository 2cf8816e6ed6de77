/** The servers of a run: one, or a cluster of three, behind one interface. */
import { type ClusterOptions, type Server, startCluster, startServer } from '@jetlane/devserver';
import type { Nodes } from './fault.ts';

/** What a run may want of its servers. */
export interface BrokerOptions extends Pick<ClusterOptions, 'config' | 'store' | 'routeVia'> {}

/** Servers that run. */
export interface Broker {
  /** Each can be killed, paused and restarted by itself. */
  readonly servers: readonly Server[];
  readonly urls: readonly string[];
  /** For `replicas` of a stream: 1, or 3 in a cluster. */
  readonly replicas: Nodes;
  /** Resolves when clients can work with all that run: a leader counts them as current. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one server, or three. */
export async function startBroker(nodes: Nodes, options: BrokerOptions): Promise<Broker> {
  if (nodes === 3) {
    const cluster = await startCluster(options);
    const { servers, urls } = cluster;
    return {
      servers,
      urls,
      replicas: 3,
      ready: () => cluster.ready(),
      stop: () => cluster.stop(),
    };
  }
  const { routeVia: _, ...alone } = options;
  const server = await startServer(alone);
  return {
    servers: [server],
    urls: [server.url],
    replicas: 1,
    ready: async () => {
      if (!server.running) await server.restart();
    },
    stop: () => server.stop(),
  };
}
