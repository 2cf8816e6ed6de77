/** @jetlane/devserver: find, fetch, start and stop a nats-server for development and tests. */
export { SERVER_VERSION, SERVER_VERSION_MIN } from './binary.ts';
export { DevserverError } from './error.ts';
export { type FindOptions, findServer, ways } from './find.ts';
export { type Server, type ServerOptions, startServer } from './server.ts';
export type { FindContext, ServerBinary, Via, Way } from './way.ts';
