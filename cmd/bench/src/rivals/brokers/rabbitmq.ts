/**
 * RabbitMQ, alone, on free ports of loopback, with an epmd of its own: the one that Erlang starts by itself would outlive it.
 * Its scripts are run where they stand, since Debian's in /usr/sbin change the user and the folders.
 */
import { realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Broker,
  findProgram,
  freePorts,
  listening,
  type Missing,
  removeFolder,
  startDaemon,
  temporaryFolder,
} from './broker.ts';

/** Before the PATH: where Debian's packages have the script itself. */
const FOLDERS = ['/usr/lib/rabbitmq/bin'];

/** AMQP_URL, or a rabbitmq-server of its own. */
export async function startRabbitMq(env: NodeJS.ProcessEnv): Promise<Broker | Missing> {
  if (env.AMQP_URL)
    return {
      address: env.AMQP_URL,
      version: 'RabbitMQ at AMQP_URL',
      pids: [],
      stop: async () => {},
    };
  const program = findProgram('rabbitmq-server', FOLDERS);
  const epmdProgram = findProgram('epmd');
  if (program === undefined || epmdProgram === undefined)
    return {
      missing:
        'no rabbitmq-server on the PATH, and AMQP_URL is not set (Debian: apt-get install rabbitmq-server)',
    };
  const [port = 0, distPort = 0, epmdPort = 0] = await freePorts(3);
  const folder = await temporaryFolder('rabbitmq');
  const erlang = { ...env, ERL_EPMD_PORT: String(epmdPort), ERL_EPMD_ADDRESS: '127.0.0.1' };
  const epmd = startDaemon(epmdProgram, ['-port', String(epmdPort), '-address', '127.0.0.1']);
  const config = join(folder, 'rabbitmq.conf');
  await writeFile(config, `listeners.tcp.default = 127.0.0.1:${port}\nlog.console = true\n`);
  const daemon = startDaemon(program, [], {
    ...erlang,
    HOME: folder,
    RABBITMQ_NODENAME: `bench${port}@localhost`,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  });
  const stop = async () => {
    await daemon.stop();
    await epmd.stop();
    await removeFolder(folder);
  };
  await listening('rabbitmq-server', daemon, port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    address: `amqp://guest:guest@127.0.0.1:${port}`,
    version: `RabbitMQ ${versionOf(program)}`,
    // The script waits for the machine that it starts; that one counts.
    pids: [Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => daemon.pid))],
    stop,
  };
}

/** Every distribution of it stands in a folder of that name. */
function versionOf(program: string): string {
  return /rabbitmq_server-(\d[\w.]*)/.exec(realpathSync(program))?.[1] ?? 'of unknown version';
}
