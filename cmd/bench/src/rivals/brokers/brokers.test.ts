import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findProgram, freePorts, listening, startDaemon } from './broker.ts';
import { startKafka } from './kafka.ts';
import { startRabbitMq } from './rabbitmq.ts';
import { startRedis } from './redis.ts';

it('a server that the environment names is used, and left alone', async () => {
  const env = {
    REDIS_URL: 'redis://redis.example:6379',
    AMQP_URL: 'amqp://rabbit.example',
    KAFKA_BROKERS: 'kafka.example:9092',
  };
  for (const [start, address] of [
    [startRedis, env.REDIS_URL],
    [startRabbitMq, env.AMQP_URL],
    [startKafka, env.KAFKA_BROKERS],
  ] as const) {
    const broker = await start(env);
    expect(broker).toMatchObject({ address, pids: [] });
  }
});

it('without jars there is no Kafka, and it says what to do', async () => {
  expect(await startKafka({ KAFKA_HOME: join(tmpdir(), 'no-such-folder') })).toEqual({
    missing: expect.stringContaining('kafka.apache.org'),
  });
});

it('a program is found in the folders that are named, if it may be run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jetlane-program-'));
  try {
    await writeFile(join(folder, 'jetlane-some-program'), '', { mode: 0o755 });
    await writeFile(join(folder, 'jetlane-some-text'), '', { mode: 0o644 });
    expect(findProgram('jetlane-some-program', [folder])).toBe(
      join(folder, 'jetlane-some-program'),
    );
    expect(findProgram('jetlane-some-text', [folder])).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('a server that ends instead of listening is told of with its last words', async () => {
  const [port = 0] = await freePorts(1);
  const daemon = startDaemon(process.execPath, [
    '-e',
    'console.error("no licence"); process.exit(3)',
  ]);
  await expect(listening('it', daemon, port)).rejects.toThrow('it did not start:\nno licence');
});

it('a server is gone once it was stopped, also one that does not listen to signals', async () => {
  const [port = 0] = await freePorts(1);
  const program = `process.on('SIGTERM', () => {}); require('net').createServer().listen(${port}, '127.0.0.1')`;
  const daemon = startDaemon(process.execPath, ['-e', program]);
  await listening('it', daemon, port);
  await daemon.stop();
  expect(daemon.exited()).toBe(true);
});
