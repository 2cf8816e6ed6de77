/**
 * Kafka, one node that is broker and controller (KRaft), with the JVM options of its own start script. KAFKA_HOME is an unpacked
 * distribution, or any folder with the jars of org.apache.kafka:kafka_2.13 and what they need in `libs/`.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchFailure } from '../../frame/failure.ts';
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

/** KAFKA_BROKERS, or one of its own from KAFKA_HOME. */
export async function startKafka(env: NodeJS.ProcessEnv): Promise<Broker | Missing> {
  if (env.KAFKA_BROKERS)
    return {
      address: env.KAFKA_BROKERS,
      version: 'Kafka at KAFKA_BROKERS',
      pids: [],
      stop: async () => {},
    };
  const java = findProgram('java', env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin')] : []);
  const version = versionIn(env.KAFKA_HOME);
  if (java === undefined || version === undefined)
    return {
      missing:
        'KAFKA_BROKERS is not set, and KAFKA_HOME names no Kafka (unpack a release of kafka.apache.org and name its folder) or there is no java',
    };
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const folder = await temporaryFolder('kafka');
  const config = join(folder, 'server.properties');
  await writeFile(config, properties(port, controllerPort, join(folder, 'logs')));
  const classpath = join(env.KAFKA_HOME as string, 'libs', '*');
  const id = randomBytes(16).toString('base64url');
  const format = spawnSync(
    java,
    ['-cp', classpath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', config],
    { encoding: 'utf8' },
  );
  if (format.status !== 0) {
    await removeFolder(folder);
    throw new BenchFailure(`Kafka’s storage could not be formatted:\n${format.stderr}`);
  }
  const daemon = startDaemon(java, [...JVM, '-cp', classpath, 'kafka.Kafka', config]);
  const stop = async () => {
    await daemon.stop();
    await removeFolder(folder);
  };
  await listening('Kafka', daemon, port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    address: `127.0.0.1:${port}`,
    version: `Kafka ${version}, KRaft`,
    pids: [daemon.pid],
    stop,
  };
}

/** KAFKA_JVM_PERFORMANCE_OPTS and the heap of kafka-server-start.sh. */
const JVM = [
  ...['-Xmx1G', '-Xms1G', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
  ...['-XX:MaxInlineLevel=15', '-Djava.awt.headless=true'],
];

/** The version of the jars in `libs/`; undefined without any. */
function versionIn(home: string | undefined): string | undefined {
  if (!home || !existsSync(join(home, 'libs'))) return undefined;
  for (const file of readdirSync(join(home, 'libs'))) {
    const version = /^kafka_2\.\d+-(\d[\d.]*)\.jar$/.exec(file)?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

/** As in its config/server.properties, on loopback, with one copy of what it keeps itself. */
function properties(port: number, controllerPort: number, logs: string): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${logs}`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    '',
  ].join('\n');
}
