import { configInvalid, msgpack, toBytes, toMs } from '@jetlane/contracts';
import { type Client, createClient } from './client.ts';
import { type ConnectOptions, connectProblems } from './connect-options.ts';
import { deadLetters } from './dead-letters/dead-letters.ts';
import { open } from './nats/connection.ts';
import { NatsBus } from './nats/nats-bus.ts';
import { Reporter } from './reports/reporter.ts';
import { pauseDurables } from './topology/durables.ts';

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
  const problems = connectProblems(options);
  if (problems.length > 0) throw configInvalid('connect()', problems);
  const connection = await open(options);
  const {
    maxInFlight = 256,
    maxInFlightBytes = '8MiB',
    ordered = false,
    publishTimeout = '10s',
    topology = 'apply',
  } = options;
  const bus = new NatsBus(connection, {
    maxInFlight,
    maxInFlightBytes: toBytes(maxInFlightBytes),
    ordered,
    publishTimeoutMs: toMs(publishTimeout),
    topology,
  });
  const { codec = msgpack, source, reports = true } = options;
  return createClient(bus, {
    codec,
    source,
    deadLetters: deadLetters(connection),
    setPause: (which, forMs) => pauseDurables(connection, which, forMs),
    reporter: reports ? new Reporter(connection) : undefined,
  });
}
