import {
  type Codec,
  configInvalid,
  type Duration,
  durationProblem,
  msgpack,
  type Size,
  sizeProblem,
  toBytes,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import { type Client, createClient } from './client.ts';
import { deadLetters } from './dead-letters/dead-letters.ts';
import { type ConnectionOptions, open } from './nats/connection.ts';
import { NatsBus } from './nats/nats-bus.ts';
import { printed } from './printed.ts';
import { pauseDurables } from './topology/durables.ts';

/** How to reach the servers and how to publish. */
export interface ConnectOptions extends ConnectionOptions {
  /** `ce-source` of what this client publishes. Default: the app's name. */
  source?: string;
  /** For writing; readers go by content type. Default `msgpack`. */
  codec?: Codec;
  /** `'verify'` throws `TOPOLOGY_CONFLICT` rather than change the server. Default `'apply'`. */
  topology?: 'apply' | 'verify';
  /** Publishes awaiting an ack; then `publish` waits. Higher for bulk loads. Default 256. */
  maxInFlight?: number;
  /** Bytes awaiting an ack; the tighter of the two limits holds. Default `'8MiB'`. */
  maxInFlightBytes?: Size;
  /** From the call of `publish` to its ack. Default `'10s'`. */
  publishTimeout?: Duration;
}

/**
 * Connects; from then on reconnects for ever, with jitter, and never closes by itself.
 *
 * @throws JetlaneError `CONNECTION_LOST` if the first try fails, `SERVER_UNSUPPORTED`, `JETSTREAM_UNAVAILABLE`,
 *   `PERMISSION_DENIED`; `CONFIG_INVALID` before anything is sent
 * @example
 * await using client = await connect({ servers: 'nats://127.0.0.1:4222' });
 * await client.start(billing);
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const problems = optionProblems(options);
  if (problems.length > 0) throw configInvalid('connect()', problems);
  const connection = await open(options);
  const {
    maxInFlight = 256,
    maxInFlightBytes = '8MiB',
    publishTimeout = '10s',
    topology = 'apply',
  } = options;
  const bus = new NatsBus(connection, {
    maxInFlight,
    maxInFlightBytes: toBytes(maxInFlightBytes),
    publishTimeoutMs: toMs(publishTimeout),
    topology,
  });
  const { codec = msgpack, source } = options;
  return createClient(bus, {
    codec,
    source,
    deadLetters: deadLetters(connection),
    setPause: (which, forMs) => pauseDurables(connection, which, forMs),
  });
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
  'maxInFlight',
  'maxInFlightBytes',
  'publishTimeout',
] as const satisfies readonly (keyof ConnectOptions)[];

function optionProblems(options: ConnectOptions): string[] {
  if (typeof options !== 'object' || options === null)
    return ["takes an object of options, such as { servers: 'nats://127.0.0.1:4222' }"];
  const { servers, maxInFlight, maxInFlightBytes, publishTimeout, topology, codec, auth } = options;
  const problems = unknownOptions(options, OPTIONS);
  if (Array.isArray(servers) && servers.length === 0) problems.push("'servers' must not be empty");
  if (
    servers !== undefined &&
    [servers].flat().some((server) => typeof server !== 'string' || server.trim() === '')
  )
    problems.push(
      "'servers' must be an address such as 'nats://127.0.0.1:4222', or a list of them",
    );
  if (maxInFlight !== undefined && !(Number.isInteger(maxInFlight) && maxInFlight >= 1))
    problems.push(`'maxInFlight' must be a whole number from 1, not ${printed(maxInFlight)}`);
  const bytes =
    maxInFlightBytes === undefined ? undefined : sizeProblem(maxInFlightBytes, 'maxInFlightBytes');
  if (bytes !== undefined) problems.push(bytes);
  const timeout =
    publishTimeout === undefined ? undefined : durationProblem(publishTimeout, 'publishTimeout');
  if (timeout !== undefined) problems.push(timeout);
  if (topology !== undefined && topology !== 'apply' && topology !== 'verify')
    problems.push(`'topology' must be 'apply' or 'verify', not ${printed(topology)}`);
  if (
    codec !== undefined &&
    (typeof codec.encode !== 'function' || typeof codec.contentType !== 'string')
  )
    problems.push("'codec' must have contentType, encode and decode, as json and msgpack do");
  if (auth !== undefined && !['creds', 'nkeySeed', 'token', 'user'].some((kind) => kind in auth))
    problems.push("'auth' must be { creds }, { nkeySeed }, { token } or { user, password }");
  return problems;
}
