/** Redis with an append-only file that is synced every second: what its documentation recommends for data that matters. */
import { spawnSync } from 'node:child_process';
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

/** REDIS_URL, or a redis-server of its own. */
export async function startRedis(env: NodeJS.ProcessEnv): Promise<Broker | Missing> {
  if (env.REDIS_URL)
    return {
      address: env.REDIS_URL,
      version: 'Redis at REDIS_URL: its durability is what its owner configured',
      pids: [],
      stop: async () => {},
    };
  const program = findProgram('redis-server');
  if (program === undefined)
    return {
      missing:
        'no redis-server on the PATH, and REDIS_URL is not set (Debian: apt-get install redis-server)',
    };
  const [port = 0] = await freePorts(1);
  const folder = await temporaryFolder('redis');
  const daemon = startDaemon(program, [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'],
  ]);
  const stop = async () => {
    await daemon.stop();
    await removeFolder(folder);
  };
  await listening('redis-server', daemon, port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const version = /v=(\S+)/.exec(
    spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout,
  )?.[1];
  return {
    address: `redis://127.0.0.1:${port}`,
    version: `redis-server ${version ?? ''}`.trim(),
    pids: [daemon.pid],
    stop,
  };
}
