import { readFile } from 'node:fs/promises';
import { JetlaneError } from '@jetlane/contracts';
import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import {
  type Authenticator,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/nats-core';
import { connect as dial, type NodeConnectionOptions } from '@nats-io/transport-node';
import { diagnostics } from '../diagnostics.ts';
import { reconnectDelay } from './reconnect-delay.ts';

/** How to reach the servers. */
export interface ConnectionOptions {
  /** Default `$NATS_URL`, then `'nats://127.0.0.1:4222'`. */
  servers?: string | readonly string[];
  /**
   * A `.creds` file, an nkey seed, a token, or user and password. Default: from `NATS_CREDS`, `NATS_NKEY`, `NATS_TOKEN`,
   * or `NATS_USER` and `NATS_PASSWORD`.
   */
  auth?:
    | { readonly creds: string }
    | { readonly nkeySeed: string }
    | { readonly token: string }
    | { readonly user: string; readonly password: string };
  /** Certificates, as paths. Default: TLS when the server asks for it. */
  tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** JetStream domain. Default: none. */
  domain?: string;
  /** How the connection is called on the server. Default: none. */
  name?: string;
  /** Raw connection options of the NATS client, merged last. */
  nats?: Readonly<Record<string, unknown>>;
}

/** An open connection with JetStream behind it. */
export interface Connection {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Prefix of the JetStream API: `$JS.API`, or that of a domain. */
  readonly apiPrefix: string;
  /** False between a lost connection and the next one. */
  readonly connected: boolean;
  /** Calls back whenever the connection is lost or comes back; the result ends it. */
  onChange(listener: (connected: boolean) => void): () => void;
  /** Calls back with what the server reports about this connection, such as a refused subject. */
  onServerError(listener: (error: Error) => void): () => void;
}

/** Oldest nats-server whose JetStream does all that Jetlane relies on; older ones ignore options silently. */
export const SERVER_VERSION_MIN = '2.14.0';

const DEFAULT_SERVER = 'nats://127.0.0.1:4222';

/**
 * Connects and checks that a JetStream of a new enough server answers. From then on it reconnects for ever, with
 * jitter; it notices a server that went silent after two missed pings, 10 s apart.
 *
 * @throws JetlaneError `CONNECTION_LOST`, `SERVER_UNSUPPORTED`, `JETSTREAM_UNAVAILABLE`, `PERMISSION_DENIED`, `CONFIG_INVALID`
 */
export async function open(options: ConnectionOptions = {}): Promise<Connection> {
  const servers = serversOf(options);
  const delay = reconnectDelay();
  const nc = await dial({
    ...(await toDialOptions(options, servers)),
    reconnectDelayHandler: delay.next,
    ...options.nats,
  }).catch((cause: unknown) => {
    throw unreachable(servers, cause);
  });
  try {
    checkVersion(nc);
    const apiPrefix = options.domain === undefined ? '$JS.API' : `$JS.${options.domain}.API`;
    const api = { apiPrefix, timeout: API_TIMEOUT_MS };
    await checkJetStream(nc, apiPrefix);
    const jsm = await jetstreamManager(nc, { ...api, checkAPI: false });
    return new LiveConnection(nc, jetstream(nc, api), jsm, apiPrefix, delay.reset);
  } catch (error) {
    await nc.close();
    throw error;
  }
}

const API_TIMEOUT_MS = 5_000;

class LiveConnection implements Connection {
  connected = true;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly apiPrefix: string;
  readonly #changes = new Set<(connected: boolean) => void>();
  readonly #errors = new Set<(error: Error) => void>();

  constructor(
    nc: NatsConnection,
    js: JetStreamClient,
    jsm: JetStreamManager,
    apiPrefix: string,
    restored: () => void,
  ) {
    this.nc = nc;
    this.js = js;
    this.jsm = jsm;
    this.apiPrefix = apiPrefix;
    void this.#follow(restored);
  }

  onChange(listener: (connected: boolean) => void): () => void {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  onServerError(listener: (error: Error) => void): () => void {
    this.#errors.add(listener);
    return () => this.#errors.delete(listener);
  }

  async #follow(restored: () => void): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') this.#change(false, status.server);
      else if (status.type === 'reconnect') {
        restored();
        this.#change(true, status.server);
      } else if (status.type === 'error')
        for (const listener of this.#errors) listener(status.error);
    }
  }

  #change(connected: boolean, server: string): void {
    if (this.connected === connected) return;
    this.connected = connected;
    if (diagnostics.reconnect.hasSubscribers) diagnostics.reconnect.publish({ connected, server });
    for (const listener of this.#changes) listener(connected);
  }
}

function serversOf({
  servers = process.env.NATS_URL ?? DEFAULT_SERVER,
}: ConnectionOptions): string[] {
  const list = typeof servers === 'string' ? servers.split(',') : [...servers];
  return list.map((server) => server.trim()).filter((server) => server !== '');
}

async function toDialOptions(
  options: ConnectionOptions,
  servers: string[],
): Promise<NodeConnectionOptions> {
  const authenticator = await authenticatorOf(options.auth ?? authFromEnvironment());
  const { ca, cert, key } = options.tls ?? {};
  return {
    servers,
    timeout: 5_000,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(options.name !== undefined && { name: options.name }),
    ...(authenticator !== undefined && { authenticator }),
    ...(options.tls !== undefined && {
      tls: {
        ...(ca !== undefined && { caFile: ca }),
        ...(cert !== undefined && { certFile: cert }),
        ...(key !== undefined && { keyFile: key }),
      },
    }),
  };
}

function authFromEnvironment(): ConnectionOptions['auth'] {
  const {
    NATS_CREDS: creds,
    NATS_NKEY: nkeySeed,
    NATS_TOKEN: token,
    NATS_USER: user,
    NATS_PASSWORD: password = '',
  } = process.env;
  if (creds) return { creds };
  if (nkeySeed) return { nkeySeed };
  if (token) return { token };
  if (user) return { user, password };
  return undefined;
}

async function authenticatorOf(
  auth: ConnectionOptions['auth'],
): Promise<Authenticator | undefined> {
  if (auth === undefined) return undefined;
  if ('creds' in auth) return credsAuthenticator(await readCreds(auth.creds));
  if ('nkeySeed' in auth) return nkeyAuthenticator(new TextEncoder().encode(auth.nkeySeed));
  if ('token' in auth) return tokenAuthenticator(auth.token);
  return usernamePasswordAuthenticator(auth.user, auth.password);
}

async function readCreds(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new JetlaneError('CONFIG_INVALID', `the credentials file ${path} can not be read`, {
      cause,
    });
  }
}

function unreachable(servers: readonly string[], cause: unknown): JetlaneError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const denied = /authorization|authentication/i.test(`${(cause as Error)?.name} ${reason}`);
  return denied
    ? new JetlaneError(
        'PERMISSION_DENIED',
        `${servers.join(', ')} refused these credentials: ${reason}`,
        { cause },
      )
    : new JetlaneError(
        'CONNECTION_LOST',
        `no nats-server answers at ${servers.join(', ')} (${reason}); start one with 'jetlane server', or set NATS_URL`,
        { cause },
      );
}

function checkVersion(nc: NatsConnection): void {
  const version = nc.info?.version ?? '0.0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = SERVER_VERSION_MIN.split('.').map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new JetlaneError(
    'SERVER_UNSUPPORTED',
    `nats-server ${version} at ${nc.getServer()} is too old: Jetlane needs ${SERVER_VERSION_MIN} or later`,
  );
}

/** A cluster that is just starting answers only once it has a leader. */
async function checkJetStream(nc: NatsConnection, apiPrefix: string): Promise<void> {
  const deadlineMs = Date.now() + API_TIMEOUT_MS;
  for (;;) {
    const problem = await jetStreamProblem(nc, apiPrefix);
    if (problem === undefined) return;
    if (problem.code !== 'JETSTREAM_UNAVAILABLE' || !problem.retryable || Date.now() > deadlineMs)
      throw problem;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function jetStreamProblem(
  nc: NatsConnection,
  apiPrefix: string,
): Promise<JetlaneError | undefined> {
  const at = `the nats-server at ${nc.getServer()}`;
  try {
    const answer = (await nc.request(`${apiPrefix}.INFO`, '', { timeout: 2_000 })).json<{
      error?: { code: number; err_code: number; description: string };
    }>();
    if (answer.error === undefined) return undefined;
    return new JetlaneError(
      'JETSTREAM_UNAVAILABLE',
      `JetStream of ${at} answers: ${answer.error.description}`,
      {
        retryable: answer.error.code === 503 && answer.error.err_code !== NOT_ENABLED,
      },
    );
  } catch (cause) {
    return new JetlaneError(
      'JETSTREAM_UNAVAILABLE',
      `${at} runs without JetStream, or this account may not use it; start it with -js`,
      {
        retryable: nc.info?.jetstream === true,
        cause,
      },
    );
  }
}

const NOT_ENABLED = 10_076;

/** The JetStream error code of a failed API call, such as 10059 for a stream that does not exist. */
export function apiErrorCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}
