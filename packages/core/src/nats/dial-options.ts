import { access, readFile } from 'node:fs/promises';
import { configInvalid, JetlaneError } from '@jetlane/contracts';
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/nats-core';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { shown } from '../printed.ts';

/** How to reach the servers. */
export interface ConnectionOptions {
  /** Default `$NATS_URL`, then `'nats://127.0.0.1:4222'`. */
  servers?: string | readonly string[] | undefined;
  /**
   * A `.creds` file, an nkey seed, a token, or user and password. Default: from `NATS_CREDS`, `NATS_NKEY`, `NATS_TOKEN`,
   * or `NATS_USER` and `NATS_PASSWORD`.
   */
  auth?:
    | { readonly creds: string }
    | { readonly nkeySeed: string }
    | { readonly token: string }
    | { readonly user: string; readonly password: string };
  /** Certificates, as paths. Default: TLS when the server asks for it, or where an address begins with `tls://`. */
  tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** JetStream domain. Default: none. */
  domain?: string;
  /** How the connection is called on the server. Default: none. */
  name?: string;
  /** Raw connection options of the NATS client, merged last. */
  nats?: Readonly<Record<string, unknown>>;
}

const DEFAULT_SERVER = 'nats://127.0.0.1:4222';

/** Where to connect to: at least one address. */
export function serversOf({
  servers = process.env.NATS_URL ?? DEFAULT_SERVER,
}: ConnectionOptions): string[] {
  const list = typeof servers === 'string' ? servers.split(',') : [...servers];
  return list.map((server) => server.trim()).filter((server) => server !== '');
}

/**
 * The options in the words of the NATS client.
 *
 * @throws JetlaneError `CONFIG_INVALID`, with all that is wrong, files that cannot be read included
 */
export async function toDialOptions(
  options: ConnectionOptions,
  servers: readonly string[],
): Promise<NodeConnectionOptions> {
  const problems = [...addressProblems(servers), ...subjectProblems(options)];
  problems.push(...(await certificateProblems(options.tls)));
  if (problems.length > 0) throw configInvalid('connect()', problems);
  const authenticator = await authenticatorOf(options.auth ?? authFromEnvironment());
  const { ca, cert, key } = options.tls ?? {};
  return {
    servers: [...servers],
    timeout: 5_000,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(options.name !== undefined && { name: options.name }),
    ...(authenticator !== undefined && { authenticator }),
    ...(wantsTls(options, servers) && {
      tls: {
        ...(ca !== undefined && { caFile: ca }),
        ...(cert !== undefined && { certFile: cert }),
        ...(key !== undefined && { keyFile: key }),
      },
    }),
    ...options.nats,
  };
}

/** The NATS client takes `tls://` for `nats://`: who wrote that would speak in plain to a server that lets them. */
function wantsTls({ tls }: ConnectionOptions, servers: readonly string[]): boolean {
  return tls !== undefined || servers.some((server) => server.startsWith('tls://'));
}

function addressProblems(servers: readonly string[]): string[] {
  if (servers.length === 0) return ["'servers' names no address, such as 'nats://127.0.0.1:4222'"];
  return servers.flatMap((server) => {
    const at = `'servers': ${shown(withoutLogin(server))}`;
    if (!URL.canParse(server.includes('://') ? server : `nats://${server}`))
      return [`${at} is no address such as 'nats://127.0.0.1:4222'`];
    if (/^https?:/.test(server))
      return [
        `${at} is an address of HTTP; clients connect by 'nats://' or 'tls://', on port 4222`,
      ];
    return [];
  });
}

/** An address as it may stand in logs. */
export function withoutLogin(server: string): string {
  return server.replace(/^([a-z]+:\/\/)?.*@/, '$1');
}

function subjectProblems({ domain, nats }: ConnectionOptions): string[] {
  const problems: string[] = [];
  if (domain !== undefined && !/^[^\s.*>]+$/.test(domain))
    problems.push(`'domain' must be one subject token, not ${shown(domain)}`);
  const prefix = nats?.inboxPrefix;
  if (prefix !== undefined && !(typeof prefix === 'string' && /^[^\s*>]+$/.test(prefix)))
    problems.push(`'nats.inboxPrefix' must be a subject without wildcards, not ${shown(prefix)}`);
  return problems;
}

async function certificateProblems(tls: ConnectionOptions['tls'] = {}): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, path] of Object.entries(tls))
    await access(path).catch((cause: Error) =>
      problems.push(`'tls.${name}' cannot be read: ${cause.message}`),
    );
  return problems;
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
  if ('creds' in auth)
    return usable(
      credsAuthenticator(await readCreds(auth.creds)),
      `the credentials file ${auth.creds} holds no user credentials: name one as nsc or an operator's tool writes it, with a user JWT and its seed`,
    );
  if ('nkeySeed' in auth)
    return usable(
      nkeyAuthenticator(new TextEncoder().encode(auth.nkeySeed)),
      "'auth.nkeySeed' is no nkey seed, which begins with SU",
    );
  if ('token' in auth) return tokenAuthenticator(auth.token);
  return usernamePasswordAuthenticator(auth.user, auth.password);
}

/** Signs once, so that a key which cannot sign is known before a server is asked. */
function usable(authenticator: Authenticator, problem: string): Authenticator {
  try {
    authenticator('nonce');
    return authenticator;
  } catch (cause) {
    throw new JetlaneError('CONFIG_INVALID', problem, { cause });
  }
}

async function readCreds(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new JetlaneError(
      'CONFIG_INVALID',
      `the credentials file ${path} cannot be read (${reason}): name one that this process may read`,
      { cause },
    );
  }
}
