/** The nats CLI's contexts: one JSON file each, and the name of the selected one. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { suggest } from '@jetlane/contracts';
import { messageOf, usageFailure } from '../failure.ts';
import type { ConnectionFlags } from './connection-flags.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A context of the nats CLI, as the flags that it stands for. */
export interface Context {
  readonly name: string;
  readonly flags: ConnectionFlags;
}

/** Reads the context `name`. Throws a usage failure when there is none, or when it needs what Jetlane has not. */
export async function readContext(name: string, env: Env): Promise<Context> {
  const directory = contextDirectory(env);
  if (!/^[^/\\]+$/.test(name) || name.startsWith('.'))
    throw usageFailure(`'${name}' is no name of a context: contexts are files in ${directory}`);
  const file = join(directory, 'context', `${name}.json`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw usageFailure(await missing(name, directory, cause));
  }
  return { name, flags: toFlags(name, parse(file, text), env) };
}

/** The context that `nats context select` chose; undefined when there is none. */
export async function selectedContext(env: Env): Promise<string | undefined> {
  const file = join(contextDirectory(env), 'context.txt');
  const name = (await readFile(file, 'utf8').catch(() => '')).trim();
  return name === '' ? undefined : name;
}

/** `$XDG_CONFIG_HOME/nats`, else `~/.config/nats`, as the nats CLI has it. */
function contextDirectory(env: Env): string {
  const base = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return join(base, 'nats');
}

/** The flags that the fields of a context file stand for. Exported for its tests. */
export function toFlags(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  env: Env,
): ConnectionFlags {
  const problems = UNSUPPORTED.filter((field) => isSet(fields[field])).map((field) => `'${field}'`);
  if (problems.length > 0)
    throw usageFailure(
      `context '${name}' uses ${problems.join(', ')}, which jetlane does not support: give --server and --creds instead`,
    );
  const text = (field: string): string | undefined =>
    isSet(fields[field]) ? String(fields[field]) : undefined;
  const path = (field: string): string | undefined => {
    const value = text(field);
    return value === undefined ? undefined : expandHome(value, env);
  };
  const flags: Record<keyof ConnectionFlags, string | undefined> = {
    server: text('url'),
    creds: path('creds'),
    nkey: path('nkey'),
    user: text('user'),
    password: text('password'),
    token: text('token'),
    tlsca: path('ca'),
    tlscert: path('cert'),
    tlskey: path('key'),
    domain: text('jetstream_domain'),
    inboxPrefix: text('inbox_prefix'),
    context: undefined,
  };
  return flags;
}

const UNSUPPORTED = ['nsc', 'socks_proxy', 'jetstream_api_prefix', 'user_jwt', 'user_seed'];

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

function expandHome(path: string, env: Env): string {
  return path.startsWith('~/') ? resolve(env.HOME || homedir(), path.slice(2)) : path;
}

function parse(file: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    throw new Error('it is not an object');
  } catch (cause) {
    throw usageFailure(`the context file ${file} is no JSON: ${messageOf(cause)}`);
  }
}

async function missing(name: string, directory: string, cause: unknown): Promise<string> {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== 'ENOENT') return `the context '${name}' cannot be read: ${messageOf(cause)}`;
  const files = await readdir(join(directory, 'context')).catch(() => [] as string[]);
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));
  const near = suggest(name, names);
  if (near !== undefined) return `there is no context '${name}': did you mean '${near}'?`;
  return names.length === 0
    ? `there is no context '${name}': no contexts in ${directory}; make one with 'nats context save'`
    : `there is no context '${name}': there are ${names.join(', ')}`;
}
