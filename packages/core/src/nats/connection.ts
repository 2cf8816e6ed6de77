import { JetlaneError } from '@jetlane/contracts';
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as dial, type NodeConnectionOptions } from '@nats-io/transport-node';
import { API_TIMEOUT_MS, apiPrefixOf, checkJetStream, checkVersion } from './check-server.ts';
import { type ConnectionOptions, serversOf, toDialOptions, withoutLogin } from './dial-options.ts';
import { type Connection, LiveConnection } from './live-connection.ts';
import { reconnectDelay } from './reconnect-delay.ts';

export { SERVER_VERSION_MIN } from './check-server.ts';
export type { ConnectionOptions } from './dial-options.ts';
export type { Connection } from './live-connection.ts';

/**
 * Connects and checks that a JetStream of a new enough server answers. From then on it reconnects for ever, with
 * jitter; it notices a server that went silent after two missed pings, 10 s apart, and sooner while publishes wait (5 s) or a worker misses heartbeats (6 s).
 *
 * @throws JetlaneError `CONNECTION_LOST`, `SERVER_UNSUPPORTED`, `JETSTREAM_UNAVAILABLE`, `PERMISSION_DENIED`, `CONFIG_INVALID`
 */
export async function open(options: ConnectionOptions = {}): Promise<Connection> {
  const servers = serversOf(options);
  const delay = reconnectDelay();
  let silent: string | undefined;
  const dialOptions: NodeConnectionOptions = {
    reconnectDelayHandler: delay.next,
    // A frozen server still takes connections: it is not the first to be tried again, where there are others.
    reconnectToServer: (pool) => (pool[0]?.listen === silent ? (pool[1] ?? null) : null),
    ...(await toDialOptions(options, servers)),
  };
  const nc = await dial(dialOptions).catch((cause: unknown) => {
    // The raw options of the client may name a user or a token, too.
    const { authenticator, user, token } = dialOptions;
    throw unreachable(servers, cause, (authenticator ?? user ?? token) !== undefined);
  });
  try {
    checkVersion(nc);
    await checkJetStream(nc, options.domain);
    const apiPrefix = apiPrefixOf(options.domain);
    const api = { apiPrefix, timeout: API_TIMEOUT_MS };
    return new LiveConnection({
      nc,
      js: jetstream(nc, api),
      jsm: await jetstreamManager(nc, { ...api, checkAPI: false }),
      apiPrefix,
      inboxPrefix: dialOptions.inboxPrefix,
      restored: () => {
        silent = undefined;
        delay.reset();
      },
      silent: (server) => {
        silent = server;
      },
    });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

/** The JetStream error code of a failed API call, such as 10059 for a stream that does not exist. */
export function apiErrorCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}

function unreachable(servers: readonly string[], cause: unknown, hasLogin: boolean): JetlaneError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const at = servers.map(withoutLogin).join(', ');
  const inAddress = at !== servers.join(', ');
  if (/authorization|authentication/i.test(`${(cause as Error)?.name} ${reason}`))
    return new JetlaneError(
      'PERMISSION_DENIED',
      hasLogin
        ? `${at} refused these credentials: ${reason}; check user, password, token or key`
        : `${at} wants credentials, and ${inAddress ? 'those in an address are not read' : 'none were given'} (${reason}): name them in 'auth', or in NATS_CREDS, NATS_NKEY, NATS_TOKEN, or NATS_USER with NATS_PASSWORD`,
      { cause },
    );
  if (/does not support 'tls'/.test(reason))
    return new JetlaneError(
      'CONNECTION_LOST',
      `${at} answers, but without TLS; leave out 'tls' and 'tls://', or configure it on the server`,
      { retryable: false, cause },
    );
  return new JetlaneError(
    'CONNECTION_LOST',
    `no nats-server answers at ${at} (${reason}); start one with 'jetlane server', or give the address of another, for instance in NATS_URL`,
    { cause },
  );
}
