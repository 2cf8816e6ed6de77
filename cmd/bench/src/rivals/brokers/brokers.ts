/** The servers of a comparison, started once each and stopped with the stage. */
import { BenchFailure } from '../../frame/failure.ts';
import type { Stage } from '../../frame/stage.ts';
import type { BrokerName } from '../rival.ts';
import type { Broker, Missing } from './broker.ts';
import { startKafka } from './kafka.ts';
import { startRabbitMq } from './rabbitmq.ts';
import { startRedis } from './redis.ts';

/** A broker of the comparison: it answers, or why it does not. */
export type Had = Broker | Missing;

/** Starts what is wanted, one after another. A broker that fails to start is missing, with its words. */
export async function startBrokers(
  stage: Stage,
  wanted: ReadonlySet<BrokerName>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ReadonlyMap<BrokerName, Had>> {
  const had = new Map<BrokerName, Had>([['nats', natsOf(stage)]]);
  for (const [name, start] of STARTS) {
    if (!wanted.has(name) || stage.signal.aborted) continue;
    stage.progress.show(`starting ${name}`);
    const broker = await start(env).catch(
      (error: unknown): Missing => ({ missing: (error as Error).message }),
    );
    if (!('missing' in broker)) {
      stage.defer(() => broker.stop());
      stage.say(`${broker.version} at ${broker.address.replace(/\/\/[^@/]*@/, '//')}`);
    }
    had.set(name, broker);
  }
  return had;
}

const STARTS: readonly (readonly [
  BrokerName,
  (env: NodeJS.ProcessEnv) => Promise<Broker | Missing>,
])[] = [
  ['redis', startRedis],
  ['rabbitmq', startRabbitMq],
  ['kafka', startKafka],
];

/** The stage's own. Clients of all ages reach it by a URL and nothing else. */
function natsOf({ servers, environment }: Stage): Broker {
  const { servers: urls, auth, tls, domain } = servers;
  if (auth !== undefined || tls !== undefined || domain !== undefined)
    throw new BenchFailure(
      'compare reaches nats-server by its URL alone, as all rivals can: name one without credentials, TLS files or a domain, or none',
    );
  const address = typeof urls === 'string' ? urls : (urls?.[0] ?? 'nats://127.0.0.1:4222');
  const version = `nats-server ${environment.natsServer}`;
  return { address, version, pids: [], stop: async () => {} };
}
