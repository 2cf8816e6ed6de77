/** From flags, environment and contexts to the options of `connect()`. */
import { readFile } from 'node:fs/promises';
import type { ConnectOptions } from '@jetlane/core';
import { messageOf, usageFailure } from '../failure.ts';
import { type ConnectionFlags, connectionVariables } from './connection-flags.ts';
import { readContext, selectedContext } from './context-file.ts';

/** The part of `ConnectOptions` that is plain data, so that a worker process can be sent it. */
export type ServerOptions = Pick<ConnectOptions, 'servers' | 'auth' | 'tls' | 'domain' | 'nats'>;

/** Where to connect. */
export interface Target {
  readonly options: ServerOptions;
  /** For messages: the servers, and the context when one was used. */
  readonly words: string;
}

const DEFAULT_SERVER = 'nats://127.0.0.1:4222';

/**
 * Settles where to connect. What is typed wins: flags, then `--context`, then the environment, then the context
 * that the nats CLI has selected. The selected context counts only where neither flags nor the environment name a
 * server. Throws a usage failure for what contradicts itself or cannot be read.
 */
export async function resolveTarget(
  typed: ConnectionFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Target> {
  const fromEnv = readVariables(env);
  const named = typed.context ?? fromEnv.context;
  const implied =
    named === undefined && typed.server === undefined && fromEnv.server === undefined
      ? await selectedContext(env)
      : undefined;
  const name = named ?? implied;
  const context = name === undefined ? undefined : await readContext(name, env);
  const layers =
    typed.context === undefined
      ? [typed, fromEnv, context?.flags ?? {}]
      : [typed, context?.flags ?? {}, fromEnv];
  const flags = mergeLayers(layers);
  const given = splitServers(flags.server ?? DEFAULT_SERVER);
  const servers = given.map(withoutLogin);
  const words = servers.join(', ');
  const hasLogin = LOGIN.some((field) => flags[field] !== undefined);
  const login = hasLogin ? flags : { ...flags, ...loginIn(given[0] as string) };
  return {
    options: await toOptions(login, servers),
    words: context === undefined ? words : `${words} (context '${context.name}')`,
  };
}

/** Whether flags or environment name a server or a context; one that the nats CLI has selected does not count. */
export function namesServer(
  typed: ConnectionFlags,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const fromEnv = readVariables(env);
  return [typed, fromEnv].some(({ server, context }) => (server ?? context) !== undefined);
}

/** The servers of a comma-separated list; a bare host gets the `nats` scheme. */
export function splitServers(list: string): string[] {
  const servers = list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => (each.includes('://') ? each : `nats://${each}`));
  if (servers.length === 0) throw usageFailure(`--server names no server: '${list}'`);
  for (const server of servers) {
    if (!URL.canParse(server) || new URL(server).hostname === '')
      throw usageFailure(
        `'${server}' is no server address: expected one such as ${DEFAULT_SERVER}`,
      );
  }
  return servers;
}

/** Each field from the first layer that has it; a way to log in is taken whole, from one layer. */
export function mergeLayers(layers: readonly ConnectionFlags[]): ConnectionFlags {
  const login = layers.find((layer) => LOGIN.some((field) => layer[field] !== undefined)) ?? {};
  const merged: Record<string, string> = {};
  for (const layer of [...layers].reverse()) {
    for (const [field, value] of Object.entries(layer))
      if (value !== undefined && !LOGIN.includes(field as Login)) merged[field] = value;
  }
  for (const field of LOGIN) {
    const value = login[field];
    if (value !== undefined) merged[field] = value;
  }
  // A user on the command line, its password in the environment where nobody sees it.
  if (merged.user !== undefined && merged.password === undefined && login.token === undefined) {
    const password = layers.find((layer) => layer.password !== undefined)?.password;
    if (password !== undefined) merged.password = password;
  }
  return merged;
}

type Login = 'creds' | 'nkey' | 'user' | 'password' | 'token';
const LOGIN: readonly Login[] = ['creds', 'nkey', 'user', 'password', 'token'];

function readVariables(env: Readonly<Record<string, string | undefined>>): ConnectionFlags {
  const entries = Object.entries(connectionVariables)
    .map(([field, variable]) => [field, env[variable]] as const)
    .filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries);
}

async function toOptions(
  flags: ConnectionFlags,
  servers: readonly string[],
): Promise<ServerOptions> {
  const auth = await toAuth(flags);
  const { tlsca, tlscert, tlskey } = flags;
  if ((tlscert === undefined) !== (tlskey === undefined))
    throw usageFailure('--tlscert and --tlskey go together: give both, or neither');
  const files = { '--tlsca': tlsca, '--tlscert': tlscert, '--tlskey': tlskey };
  for (const [flag, file] of Object.entries(files))
    if (file !== undefined) await readSecret(flag, file);
  const tls = {
    ...(tlsca === undefined ? {} : { ca: tlsca }),
    ...(tlscert === undefined ? {} : { cert: tlscert }),
    ...(tlskey === undefined ? {} : { key: tlskey }),
  };
  return {
    servers,
    ...(auth === undefined ? {} : { auth }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(flags.inboxPrefix === undefined ? {} : { nats: { inboxPrefix: flags.inboxPrefix } }),
  };
}

async function toAuth(flags: ConnectionFlags): Promise<ConnectOptions['auth']> {
  const { creds, nkey, user, password, token } = flags;
  const ways = [
    creds === undefined ? undefined : '--creds',
    nkey === undefined ? undefined : '--nkey',
    token === undefined ? undefined : '--token',
    user === undefined ? undefined : '--user',
  ].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw usageFailure(`${ways.join(' and ')} are different ways to log in: give one of them`);
  if (creds !== undefined) {
    await readSecret('--creds', creds);
    return { creds };
  }
  if (nkey !== undefined) {
    // The library's NATS_NKEY holds the seed itself, the nats CLI's the file.
    const seed = SEED.test(nkey) ? nkey : seedIn(await readSecret('--nkey', nkey), nkey);
    return { nkeySeed: seed };
  }
  if (token !== undefined) return { token };
  if (user === undefined) {
    if (password !== undefined)
      throw usageFailure('a password (--password, NATS_PASSWORD) needs a user (--user, NATS_USER)');
    return undefined;
  }
  // The nats CLI takes a user without a password for a token.
  return password === undefined ? { token: user } : { user, password };
}

const SEED = /^S[A-Z2-7]{57}$/;

async function readSecret(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw usageFailure(`${flag}: ${file} cannot be read: ${messageOf(cause)}`);
  }
}

function seedIn(text: string, file: string): string {
  const seed = /\bS[A-Z2-7]{57}\b/.exec(text)?.[0];
  if (seed === undefined)
    throw usageFailure(`--nkey: ${file} holds no nkey seed (S… of 58 letters)`);
  return seed;
}

/** `nats://user:password@host` and `nats://token@host`, as the nats CLI takes them. */
function loginIn(server: string): ConnectionFlags {
  const { username, password } = new URL(server);
  if (username === '') return {};
  const user = decodeURIComponent(username);
  return password === '' ? { token: user } : { user, password: decodeURIComponent(password) };
}

function withoutLogin(server: string): string {
  return server.replace(/\/\/[^@/]*@/, '//');
}
