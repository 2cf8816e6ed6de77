import { type Codec, unknownOptions } from '@jetlane/contracts';
import { isObject } from './is-object.ts';
import type { ConnectionOptions } from './nats/connection.ts';
import { printed, shown } from './printed.ts';
import { WRITE_OPTIONS, type WriteOptions, writeProblems } from './write-options.ts';

/** How to reach the servers and how to publish. */
export interface ConnectOptions extends ConnectionOptions, WriteOptions {
  /** `ce-source` of what this client publishes. Default: the app's name. */
  source?: string;
  /** For writing; readers go by content type. Default `msgpack`. */
  codec?: Codec;
  /** `'verify'` throws `TOPOLOGY_CONFLICT` rather than change the server. Default `'apply'`. */
  topology?: 'apply' | 'verify';
  /**
   * Whether workers of this connection tell whoever asks on `_jl.report` how they do: counts, what they hold, how long messages took, and
   * the names of host and process. `jetlane top` and the studio ask. Default `true`.
   */
  reports?: boolean;
}

/** All that is wrong with options of `connect()`, in words, as far as it shows without a server or a file. */
export function connectProblems(options: ConnectOptions): string[] {
  if (!isObject(options as unknown))
    return ["takes an object of options, such as { servers: 'nats://127.0.0.1:4222' }"];
  const { topology, codec, reports } = options;
  const problems = [
    ...unknownOptions(options, OPTIONS),
    ...reachProblems(options),
    ...writeProblems(options),
  ];
  if (topology !== undefined && topology !== 'apply' && topology !== 'verify')
    problems.push(`'topology' must be 'apply' or 'verify', not ${shown(topology)}`);
  if (reports !== undefined && typeof reports !== 'boolean')
    problems.push(`'reports' must be true or false, not ${shown(reports)}`);
  if (codec !== undefined && !isCodec(codec))
    problems.push("'codec' must have contentType, encode and decode, as json and msgpack do");
  return problems;
}

const OPTIONS = [
  'servers',
  'auth',
  'tls',
  'domain',
  'name',
  'nats',
  'source',
  'codec',
  'topology',
  'reports',
  ...WRITE_OPTIONS,
] as const satisfies readonly (keyof ConnectOptions)[];

/** The credentials that belong together. */
const AUTH = [['creds'], ['nkeySeed'], ['token'], ['user', 'password']] as const;

function reachProblems(options: ConnectOptions): string[] {
  const problems: string[] = [];
  const { servers, auth, tls, nats } = options;
  if (Array.isArray(servers) && servers.length === 0) problems.push("'servers' must not be empty");
  if (servers !== undefined && ![servers].flat().every(isText))
    problems.push(
      `'servers' must be an address such as 'nats://127.0.0.1:4222', or a list of them, not ${shown(servers)}`,
    );
  if (auth !== undefined && !AUTH.some((names) => isTexts(auth, names)))
    problems.push(
      `'auth' must be { creds }, { nkeySeed }, { token } or { user, password }, each a text, not ${namesOf(auth)}`,
    );
  if (isObject(tls)) problems.push(...unknownOptions(tls, ['ca', 'cert', 'key'], 'tls.'));
  if (tls !== undefined && !(isObject(tls) && Object.values(tls).every(isText)))
    problems.push(`'tls' must be paths, { ca, cert, key }, not ${namesOf(tls)}`);
  if (nats !== undefined && !isObject(nats))
    problems.push(`'nats' must be an object of raw connection options, not ${shown(nats)}`);
  for (const option of ['domain', 'name', 'source'] as const)
    if (options[option] !== undefined && !isText(options[option]))
      problems.push(`'${option}' must be a text, not ${shown(options[option])}`);
  return problems;
}

/** What was given in place of secrets and paths: the names of its parts, and no value. */
function namesOf(given: unknown): string {
  if (!isObject(given)) return `a ${typeof given}`;
  return printed(`{ ${Object.keys(given).join(', ')} }`);
}

function isCodec(value: unknown): value is Codec {
  if (!isObject(value)) return false;
  const { contentType, encode, decode } = value;
  return isText(contentType) && typeof encode === 'function' && typeof decode === 'function';
}

/** Whether it has these, as texts; a password may be empty. */
function isTexts(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'string');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
