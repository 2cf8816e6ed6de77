/** The servers: as many as the scarcest of their resources needs. */
import type { Cost } from './cost.ts';
import type { toHolding, toTraffic } from './holding.ts';
import type { Load } from './load.ts';
import type { ScaleModel } from './model.ts';
import type { Question } from './question.ts';
import { amount, step, written } from './step.ts';

/**
 * Bytes of a server's memory for what streams, consumers and connections hold; none or less when it is too small.
 */
export function memoryForStreams({ memoryPerServerBytes }: Question, { laws }: ScaleModel): number {
  return memoryPerServerBytes * MEMORY_SHARE - (laws.serverResidentBytes.terms['process'] ?? 0);
}

/** Share of a server's memory that the server may take: the rest is page cache, without which reading falls behind. */
const MEMORY_SHARE = 0.75;

interface Needs {
  readonly load: Load;
  /** The cost where every burst wakes all who have to do with it. */
  readonly asleep: Cost;
  readonly traffic: ReturnType<typeof toTraffic>;
  readonly holding: ReturnType<typeof toHolding>;
}

/** How many servers, and what needs that many. */
export function toServers(
  question: Question,
  cost: Cost,
  { load, traffic, holding, asleep }: Needs,
) {
  const { replicas, coresPerServer, utilization, memoryPerServerBytes } = question;
  const { cores, several, steps: cpuSteps } = toCores(question, cost, { load, asleep });
  const between = several ? traffic.routeBytes + traffic.crossingBytes : traffic.routeBytes;
  const busiest = 8 * (between + Math.max(traffic.inBytes, traffic.outBytes));
  const memoryEach = memoryPerServerBytes * MEMORY_SHARE - holding.baseBytes;
  const share = amount(utilization);
  const needs = [
    step(
      'serversByCpu',
      'servers for CPU',
      [up(cores / (coresPerServer * utilization)), 'count'],
      `${amount(cores)} cores ÷ (${coresPerServer} × ${share})`,
    ),
    step(
      'serversByNetwork',
      'for network',
      [up(busiest / (question.networkPerServerBits * utilization)), 'count'],
      `${written(busiest, 'bits')} in the busier direction ÷ (${written(question.networkPerServerBits, 'bits')} × ${share})`,
    ),
    step(
      'serversByMemory',
      'for memory',
      [up(holding.sharedBytes / memoryEach), 'count'],
      `${written(holding.sharedBytes, 'bytes')} ÷ (${written(memoryPerServerBytes, 'bytes')} × ${MEMORY_SHARE} − ${written(holding.baseBytes, 'bytes')})`,
    ),
    step(
      'serversByDisk',
      'for writing',
      [up(traffic.writtenBytes / (question.diskPerServerBytes * utilization)), 'count'],
      `${written(traffic.writtenBytes, 'bytesPerSecond')} ÷ (${written(question.diskPerServerBytes, 'bytesPerSecond')} × ${share})`,
    ),
    step('serversByCopies', 'for the copies', [replicas, 'count'], 'one for each'),
  ];
  const count = Math.max(...needs.map(({ value }) => value));
  const boundBy =
    needs.find(({ value }) => value === count)?.says.replace(/^(servers )?for (the )?/, '') ?? '';
  const steps = [
    ...cpuSteps,
    ...needs,
    step('servers', 'servers', [count, 'count'], `the largest of these: ${boundBy}`),
    ...(count > 1
      ? [
          step(
            'withOneAway',
            'used of them while one is away',
            [(cores / (coresPerServer * (count - 1))) * 100, 'percent'],
            `${amount(cores)} cores ÷ (${coresPerServer} × ${count - 1})`,
          ),
        ]
      : []),
  ];
  return { count, boundBy, steps };
}

/** CPU of all servers: at full load, and where they sleep between bursts. */
function toCores(
  { replicas, coresPerServer, utilization, services }: Question,
  cost: Cost,
  { load: { rate }, asleep }: Pick<Needs, 'load' | 'asleep'>,
) {
  const ofAll = (us: number) => (rate * us) / 1e6;
  const several = replicas > 1 || ofAll(cost.serversUs) > coresPerServer * utilization;
  const crossings = several ? cost.crossingUs * (1 + services) : 0;
  const sum = (us: number) =>
    `${written(rate, 'perSecond')} × (${amount(us)} + ${amount(crossings)} µs for crossing between servers)`;
  const cores = ofAll(cost.serversUs + crossings);
  const steps = [
    step('serverCores', 'CPU of all servers', [cores, 'cores'], sum(cost.serversUs)),
    step(
      'serverCoresAsleep',
      'that they use at most',
      [ofAll(asleep.serversUs + crossings), 'cores'],
      `${sum(asleep.serversUs)}, if they sleep between bursts: less so as the load grows`,
    ),
  ];
  return { cores, several, steps };
}

function up(value: number): number {
  return Math.max(1, Math.ceil(value));
}

/** What each of them has to bear. */
export function toShared(
  { replicas }: Question,
  { traffic, holding, servers }: Omit<Needs, 'load' | 'asleep'> & { readonly servers: number },
) {
  const each = (value: number) => value / servers;
  const between = servers > 1 ? traffic.routeBytes + traffic.crossingBytes : 0;
  const memory = holding.baseBytes + each(holding.sharedBytes);
  const inBits = 8 * each(traffic.inBytes + between);
  const outBits = 8 * each(traffic.outBytes + between);
  const all = `÷ ${servers} servers`;
  const routes = servers > 1 ? ' + what is between servers' : '';
  const steps = [
    step(
      'memory',
      'memory',
      [memory, 'bytes'],
      `${written(holding.baseBytes, 'bytes')} + ${written(holding.sharedBytes, 'bytes')} ${all}`,
    ),
    step(
      'disk',
      'kept on disk',
      [each(traffic.keptBytes), 'bytes'],
      `${written(traffic.keptBytes, 'bytes')} ${all}${replicas === 1 ? '' : ', copies included'}`,
    ),
    step(
      'diskRate',
      'written to disk',
      [each(traffic.writtenBytes), 'bytesPerSecond'],
      `${written(traffic.writtenBytes, 'bytesPerSecond')} ${all}`,
    ),
    step('in', 'network in', [inBits, 'bits'], `(from clients${routes}) × 8 bit ${all}`),
    step('out', 'network out', [outBits, 'bits'], `(to clients${routes}) × 8 bit ${all}`),
  ];
  const answer = {
    memoryPerServerBytes: memory,
    diskPerServerBytes: each(traffic.keptBytes),
    writtenPerServerBytesPerSecond: each(traffic.writtenBytes),
    inPerServerBits: inBits,
    outPerServerBits: outBits,
  };
  return { steps, answer };
}
