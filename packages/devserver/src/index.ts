/** @jetlane/devserver: find, fetch, start and stop a nats-server for development and tests. */
export { SERVER_VERSION, SERVER_VERSION_MIN } from './binary.ts';
export { type Cleanup, cleanup } from './cleanup.ts';
export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export type { CommandOutput, RunCommand } from './command.ts';
export { DevserverError } from './error.ts';
export { type FindOptions, findServer, ways } from './find.ts';
export { makeDirectory } from './make-directory.ts';
export type { Server, ServerOptions } from './server.ts';
export { startServer } from './start.ts';
export type { FetchProgress, FindContext, ServerBinary, Via, Way } from './way.ts';
