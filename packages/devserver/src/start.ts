/** Starts one nats-server for development and tests. */
import { resolve } from 'node:path';
import { DevserverError } from './error.ts';
import { findServerOnce } from './find.ts';
import { isPortClash, NatsServer } from './nats-server.ts';
import { bindError, freePort } from './port.ts';
import type { Launch, Server, ServerOptions } from './server.ts';
import { checkStore, makeTemporary, remove } from './store.ts';

const PORT_TRIES_MAX = 10;

/**
 * Starts a nats-server and resolves when clients can use it: it greets on its port and JetStream answers.
 *
 * It ends with this process, however this process ends. It listens on this machine only unless `host` says
 * otherwise. Without `binary`, a server is looked for, and fetched the first time (see `findServer`).
 *
 * @throws DevserverError when no server is to be had, the port is in use, the store is not writable or in use,
 * the configuration is wrong, or the start takes longer than `timeoutMs`.
 * @example
 * await using server = await startServer();
 * const connection = await connect({ servers: server.url });
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  return launchServer(options, { args: [], clustered: false });
}

/** As `startServer`, for a server that may be part of a cluster. */
export async function launchServer(options: ServerOptions, launch: Launch): Promise<Server> {
  checkOptions(options);
  const { host = '127.0.0.1', log = () => {}, progress = () => {} } = options;
  if (options.store !== undefined) await checkStore(resolve(options.store));
  if (options.port) await checkPort(host, options.port);
  const binary =
    options.binary ?? (await findServerOnce({ log, progress, signal: options.signal }));
  const files = await makeTemporary();
  try {
    for (let tries = 1; ; tries++) {
      const port = options.port || (await freePort(host));
      const monitorPort = options.monitor ? await freePort(host) : undefined;
      const server = new NatsServer({ options, launch, binary, files, port, monitorPort });
      try {
        await server.restart();
        return server;
      } catch (cause) {
        if (!isPortClash(cause) || options.port || tries >= PORT_TRIES_MAX) throw cause;
      }
    }
  } catch (cause) {
    await remove(files);
    throw cause;
  }
}

function checkOptions({ port = 0, config = '', timeoutMs = 1 }: ServerOptions): void {
  const problems: string[] = [];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    problems.push(`port is ${port}, expected an integer from 0 (a free one) to 65535`);
  }
  if (!(timeoutMs > 0)) problems.push(`timeoutMs is ${timeoutMs}, expected a positive number`);
  if (/^\s*["']?(log_file|logfile|syslog|remote_syslog)\b/im.test(config)) {
    problems.push('config redirects the log, which tells when the server is ready: leave it out');
  }
  if (problems.length > 0) throw new DevserverError(`startServer: ${problems.join('; ')}`);
}

async function checkPort(host: string, port: number): Promise<void> {
  const cause = await bindError(host, port);
  if (cause === undefined) return;
  throw new DevserverError(
    cause.code === 'EADDRINUSE'
      ? `port ${port} on ${host} is in use: stop what listens there, choose another port, or leave the port out for a free one`
      : `port ${port} on ${host} cannot be opened (${cause.code ?? cause.message}): choose another port or host`,
    { cause },
  );
}
