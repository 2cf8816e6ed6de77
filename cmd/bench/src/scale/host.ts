/** The servers that are measured, and what can be read of them from outside. */
import { createServer } from 'node:net';
import { type Connection, open } from '@jetlane/core';
import { type Server, startCluster, startServer } from '@jetlane/devserver';
import { cpuTimeUs } from '../frame/cpu-time.ts';
import { BenchFailure } from '../frame/failure.ts';
import { parseHeap, residentBytesOf, trafficOf } from './usage.ts';

/** Servers that run. */
export interface Host {
  readonly urls: readonly string[];
  readonly connection: Connection;
  readonly version: string;
  /** CPU time of each server so far, in the order of `urls`, in microseconds. */
  cpuUs(): readonly number[];
  /** Resident memory, all servers together. */
  residentBytes(): number;
  /** Live heap of the one server, after a garbage collection. Not of a cluster. */
  heapBytes(): Promise<number>;
  /** Bytes that the servers handed to the block layer so far. */
  diskBytes(): number;
  /** Bytes that the servers sent each other so far, by their own accounting. */
  routeBytes(): Promise<number>;
  /** Names of the servers, in the order of `urls`. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

/** One server. */
export async function oneServer(): Promise<Host> {
  const port = await freePort();
  // The profile page of Go: asked with `gc=1` it collects garbage first, so that what is live is told apart from what is not.
  const server = await startServer({ config: `prof_port: ${port}`, monitor: true });
  return toHost([server], () => server.stop(), port);
}

/** Three servers that form one cluster. */
export async function threeServers(): Promise<Host> {
  const cluster = await startCluster({ size: 3 });
  return toHost(cluster.servers, () => cluster.stop());
}

async function toHost(
  servers: readonly Server[],
  stop: () => Promise<void>,
  profilePort?: number,
): Promise<Host> {
  const urls = servers.map(({ url }) => url);
  const pids = servers.map(({ pid }) => pid);
  const connection = await open({ servers: [...urls] }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    urls,
    connection,
    names: servers.map((_, i) => `n${i + 1}`),
    version: servers[0]?.binary.version ?? '',
    cpuUs: () => pids.map((pid) => known(cpuTimeUs([pid]))),
    residentBytes: () => residentBytesOf(pids),
    async heapBytes() {
      if (profilePort === undefined) throw new BenchFailure('only one server has a profile page');
      const url = `http://127.0.0.1:${profilePort}/debug/pprof/heap?gc=1&debug=1`;
      return parseHeap(await (await fetch(url)).text());
    },
    diskBytes: () => pids.reduce((sum, pid) => sum + trafficOf(pid).diskBytes, 0),
    async routeBytes() {
      const sent = await Promise.all(servers.map(sentOnRoutes));
      return sent.reduce((sum, each) => sum + each, 0);
    },
    async close() {
      await connection.nc.close();
      await stop();
    },
  };
}

async function sentOnRoutes({ monitorUrl }: Server): Promise<number> {
  const answer = (await (await fetch(`${monitorUrl}/routez`)).json()) as {
    readonly routes?: readonly { readonly out_bytes: number }[];
  };
  return (answer.routes ?? []).reduce((sum, { out_bytes }) => sum + out_bytes, 0);
}

function known(value: number | undefined): number {
  if (value !== undefined) return value;
  throw new BenchFailure('scale reads /proc, which only Linux has: run it there');
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address !== null && typeof address === 'object') return address.port;
  throw new BenchFailure('no port of 127.0.0.1 is free');
}
